// The library's cards in their windowed grid.

import { windowedGrid } from "../windowed.js";
import { filmCard, waitingCard } from "./card.js";

const GAP = 20;
const ROWS_BELOW = 34; // rem: a narrower list has one film a row, its frame beside its words
const COLUMN = 15; // rem
const BODY = 8.75; // rem below a picture
const ROW = 8; // rem of a film's row
const BESIDE = 9.25; // rem of its frame there

/** {element, show(films), range(), leave()} : `context` as of filmCard, without `room`; `onRange(first, end)` what can be seen. */
export function cardGrid({ t, context, onRange }) {
  let films = null;
  let room = 18; // rem
  const cards = new WeakMap(); // element -> card
  const cardContext = { ...context, room: () => room };

  function layout(whole) {
    const unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const isRows = whole < ROWS_BELOW * unit;
    const columns = isRows ? 1 : Math.max(1, Math.floor((whole + GAP) / (COLUMN * unit + GAP)));
    const column = (whole - GAP * (columns - 1)) / columns;
    grid.element.classList.toggle("library-rows", isRows);
    room = (isRows ? whole : column) / unit - (isRows ? BESIDE : 0);
    return { columns, height: Math.round(isRows ? ROW * unit : (column * 9) / 16 + BODY * unit) };
  }

  function render(index) {
    const movie = films.at(index);
    if (!movie) return waitingCard();
    const card = filmCard(movie, cardContext);
    cards.set(card.element, card);
    return card.element;
  }

  const grid = windowedGrid({
    label: t("title"), layout, gap: GAP, render, onRange,
    keyOf: (index) => films.at(index)?.id ?? `waiting-${index}`,
    update: (element, index) => cards.get(element)?.update(films.at(index)),
  });
  grid.element.classList.add("library-grid");
  return {
    element: grid.element,
    show(next = films) {
      films = next;
      grid.refresh(films.count);
    },
    range: grid.range,
    leave: grid.leave,
  };
}
