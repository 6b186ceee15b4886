// The films of one filter and order, page after page as they are wanted, and asked for again while they are looked at.

const PAGE = 60;

/** `onchange` is called where films came, changed or went. */
export class Films {
  onchange = null;
  #api;
  #first;
  #pages = []; // {path, films, next}: `path` is what the page was asked by
  #all = [];
  #found = null;
  #ending = new AbortController();
  #work = Promise.resolve();

  constructor(api, parameters) {
    this.#api = api;
    this.#first = api.address("v1/movies", { ...parameters, limit: PAGE, count: true });
  }

  /** How many there are, as far as is known: what comes in pages to come is counted, too. */
  get count() {
    if (!this.#pages.length) return 0;
    return this.isWhole ? this.#all.length : Math.max(this.#found ?? 0, this.#all.length + 1);
  }

  get isWhole() {
    return this.#pages.length > 0 && !this.#pages.at(-1).next;
  }

  get loaded() {
    return this.#all;
  }

  /** The film at a place, or undefined while it has not come. */
  at(index) {
    return this.#all[index];
  }

  /** Stop: nothing more is asked, and what was asked is thrown away. */
  end() {
    this.#ending.abort();
  }

  /** Have the films up to a place come; the first page at least. */
  want(end) {
    return this.#queue(async () => {
      while (!this.isWhole && (this.#all.length < end || !this.#pages.length)) {
        await this.#take(this.#pages, this.#pages.at(-1)?.next ?? this.#first);
        this.#tell();
      }
    });
  }

  /** Ask again for the pages that hold these places. Where they end elsewhere now, what stood behind them comes again when it is wanted. */
  refresh(first, end) {
    return this.#queue(async () => {
      if (!this.#pages.length) return;
      const fresh = this.#pages.slice(0, this.#pagesBefore(Math.min(first, this.#all.length - 1)));
      let length = fresh.reduce((sum, page) => sum + page.films.length, 0);
      let path = this.#pages[fresh.length].path;
      do {
        const page = await this.#take(fresh, path);
        length += page.films.length;
        path = page.next;
      } while (path && length < end);
      const isSameEnd = this.#pages[fresh.length - 1]?.next === path;
      this.#pages = isSameEnd ? [...fresh, ...this.#pages.slice(fresh.length)] : fresh;
      this.#tell();
    });
  }

  #pagesBefore(index) {
    let length = 0;
    return Math.max(0, this.#pages.findIndex((page) => (length += page.films.length) > index));
  }

  async #take(pages, path) {
    const answer = await this.#api.getJson(path, { signal: this.#ending.signal });
    const page = { path, films: answer.movies, next: answer.next };
    pages.push(page);
    if (answer.found !== undefined && answer.found !== null) this.#found = answer.found;
    return page;
  }

  /** One question after the other, so that pages stay in their order. */
  #queue(ask) {
    const asked = this.#work.then(ask);
    this.#work = asked.catch(() => {});
    return asked;
  }

  #tell() {
    const seen = new Set(); // a film that moved between two questions is in two pages
    this.#all = this.#pages.flatMap((page) => page.films).filter(({ id }) => !seen.has(id) && seen.add(id));
    this.onchange?.();
  }
}
