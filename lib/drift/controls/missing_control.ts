/** The control that answers which are missing make. */
export const missingControl = "missing answers";
