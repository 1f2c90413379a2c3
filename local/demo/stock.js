// What stock, batches and scans should be, worked out here from what was sold and who went in, and
// from nothing that Firetill answers. Pure.

export class Stock {
  /** Begins with what there is to sell: name → quantity. */
  constructor(initial) {
    this.left = {...initial};
    this.held = Object.fromEntries(Object.keys(initial).map((item) => [item, 0]));
  }

  /** An order holds some of an item. */
  reserved(item, quantity) {
    this.held[item] += quantity;
  }

  /** What an order held is sold. */
  sold(item, quantity) {
    this.held[item] -= quantity;
    this.left[item] -= quantity;
  }

  /** What was sold came back. */
  returned(item, quantity) {
    this.left[item] += quantity;
  }
}

export class Batches {
  /** Each batch by its id: whose, how many tickets live or were used, how many went in. */
  held = new Map();

  /** A guest is given tickets. */
  issued(id, holder, tickets) {
    this.held.set(id, {holder, tickets, used: 0});
  }

  /** Some of a batch go in. */
  admitted(id, count) {
    this.held.get(id).used += count;
  }

  /** Somebody was let in by mistake. */
  undone(id, count) {
    this.held.get(id).used -= count;
  }

  /** Some of a batch become somebody else's. */
  passedOn(id, count, to, holder) {
    this.held.get(id).tickets -= count;
    this.issued(to, holder, count);
  }

  /** Unused tickets die. */
  died(id, count) {
    this.held.get(id).tickets -= count;
  }
}
