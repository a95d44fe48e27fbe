/** Letters that stand for answers. No I: a sentence may begin with it, and then it is no answer. */
export const answerMarks = "ABCDEFGHJKLMNOPQRSTU";

const request = "Answer with one letter.";

/** Answers as a list with a letter before each, and the request for a letter. */
export function writeMarked(answers: readonly string[]): string {
  return [...answers.map((answer, place) => `${answerMarks[place]}. ${answer}`), request].join("\n");
}

/** The answers of the last list in a text that {@linkcode writeMarked} wrote, in the order of their letters. */
export function readMarked(text: string): string[] {
  const lines = text.split("\n");
  const end = lines.findLastIndex((line) => line.startsWith(request));
  const first = lines.slice(0, Math.max(0, end)).findLastIndex((line) =>
    line.startsWith(`${answerMarks[0]}. `)
  );
  return first < 0 ? [] : lines.slice(first, end).map((line) => line.slice(3));
}
