// The films that are chosen for an action on all of them, as they were when they were seen last.

/** "change": films were chosen or given up. */
export class Selection extends EventTarget {
  #films = new Map();
  #last = -1; // the place that was chosen last, where a range begins

  get size() {
    return this.#films.size;
  }

  get films() {
    return [...this.#films.values()];
  }

  has(id) {
    return this.#films.has(id);
  }

  /** Choose or give up the film at a place; with `range` all from the last place on as well. */
  toggle(index, films, { range = false, on }) {
    const from = range && this.#last >= 0 ? this.#last : index;
    for (let place = Math.min(from, index); place <= Math.max(from, index); place++) {
      if (films[place] && on) this.#films.set(films[place].id, films[place]);
      else if (films[place]) this.#films.delete(films[place].id);
    }
    this.#last = index;
    this.#tell();
  }

  add(films) {
    for (const film of films) this.#films.set(film.id, film);
    this.#tell();
  }

  remove(ids) {
    for (const id of ids) this.#films.delete(id);
    this.#tell();
  }

  clear() {
    this.#films.clear();
    this.#last = -1;
    this.#tell();
  }

  /** What is known of the chosen ones may be newer now. */
  learn(films) {
    for (const film of films) if (this.#films.has(film.id)) this.#films.set(film.id, film);
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
