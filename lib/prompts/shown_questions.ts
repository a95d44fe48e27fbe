import type { Design } from "../core/experiment.ts";
import { rememberCanonical } from "../core/hash.ts";
import type { ReplySchema } from "../core/respondent.ts";
import { describeMarked } from "../items/elicited.ts";
import { describeItem, replySchema } from "../items/mod.ts";
import { describeAlone } from "../items/questionnaire.ts";
import { type Question, questionsOf, shownBy } from "./questions.ts";

/** Questions in an order, with their options in an order: what all trials share that show them so. */
export interface ShownQuestions {
  readonly questions: readonly Question[];
  /** Each by itself. */
  readonly single: readonly (readonly Question[])[];
  readonly texts: readonly string[];
  /** The options of each as the answers' table has them: the list as JSON. */
  readonly optionTexts: readonly (string | null)[];
  /** The schema of the reply to some of them, from the one at `first` to the one before `end`. */
  readonly schema: (first: number, end: number) => ReplySchema;
  /** Where the questions stand, in the order of the design's items. */
  readonly places: readonly number[];
}

/** Shows a design's questions in an order, their options in an order. */
export function showQuestions(
  design: Design,
  order: readonly string[],
  shown: { readonly [item: string]: readonly string[] },
): ShownQuestions {
  const questions = questionsOf(design, order, shown);
  const schemas = new Map<string, ReplySchema>();
  const schema = (first: number, end: number): ReplySchema => {
    let made = schemas.get(`${first} ${end}`);
    if (made === undefined) {
      const asked = questions.slice(first, end);
      made = replySchema(asked.map(({ put }) => put), shownBy(asked));
      rememberCanonical(made.schema);
      schemas.set(`${first} ${end}`, made);
    }
    return made;
  };
  return {
    questions,
    schema,
    single: questions.map((question) => [question]),
    optionTexts: questions.map(({ shown }) => shown === undefined ? null : JSON.stringify(shown)),
    texts: questions.map(({ asked, put, byTokens, shown }, place) => {
      if (byTokens) return describeMarked(asked, shown);
      if (design.ask !== "together") return describeAlone(put, shown);
      return `${place + 1}. [${put.name}] ${describeItem(put, shown)}`;
    }),
    places: design.items.flatMap(({ name }) =>
      questions.flatMap(({ item }, place) => item === name ? [place] : [])
    ),
  };
}
