/** The games: a new game is a file like these and a line here. */
export { type DictatorMotive, dictatorPairs, type DictatorPairsOptions } from "./dictator_pairs.ts";
export { elevenTwenty } from "./eleven_twenty.ts";
export { prisonersDilemma, type PrisonersDilemmaOptions } from "./prisoners_dilemma.ts";
export { publicGoods, type PublicGoodsOptions } from "./public_goods.ts";
export { ringGame, type RingGameOptions } from "./ring_game.ts";
export { rockPaperScissors } from "./rock_paper_scissors.ts";
export { trustGame, type TrustGameOptions } from "./trust_game.ts";
export { ultimatumGame, type UltimatumGameOptions } from "./ultimatum_game.ts";
