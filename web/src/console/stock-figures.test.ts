import {expect, it} from "vitest";
import type {TicketedEvent} from "./events";
import {eventStock, productStock} from "./stock-figures";

const event: TicketedEvent = {name: "Gala", active: true, currency: "usd", priceCents: 2500, quantity: 40, reserved: 3, initialQuantity: 100};

it("adds up an event's document and its shards", () => {
  expect(eventStock(event, [])).toEqual({capacity: 100, sold: 60, held: 3, free: 37});
  expect(eventStock(event, [{quantity: 10, reserved: 2}, {quantity: 5, reserved: 0}])).toEqual({capacity: 100, sold: 45, held: 5, free: 50});
});

it("knows of a product what is left and what is held", () => {
  const shirt = {name: "Shirt", priceCents: 1, currency: "usd", stock: 12, active: true};
  expect(productStock({...shirt, reserved: 5}, [])).toEqual({capacity: null, sold: null, held: 5, free: 7});
  expect(productStock(shirt, [{quantity: 8, reserved: 3}])).toEqual({capacity: null, sold: null, held: 3, free: 17});
  expect(productStock(shirt, [])).toEqual({capacity: null, sold: null, held: 0, free: 12});
});
