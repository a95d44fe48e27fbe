/** The games: a new game is a file like these and a line here. */
export { publicGoods, type PublicGoodsOptions } from "./public_goods.ts";
export { rockPaperScissors } from "./rock_paper_scissors.ts";
