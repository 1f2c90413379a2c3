/** A balance or a stock is not what the books say. */
export class WrongBalance extends Error {}
