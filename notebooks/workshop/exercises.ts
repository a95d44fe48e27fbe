/** The exercises, in the order of the course: the names of their notebooks, here and in solutions/. */
export const exercises: readonly string[] = [
  "01_personas.ipynb",
  "02_treatments.ipynb",
  "03_designs.ipynb",
  "04_illusion.ipynb",
  "05_repair.ipynb",
  "06_people.ipynb",
  "07_replication.ipynb",
];
