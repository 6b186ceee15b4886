// What a key frame scores, tag by tag, as the page shows it.

const TOP = 6; // tags that are shown unasked

/**
 * All tags of a frame, best first: {id, name, description, score, threshold, isFound (here), isTheme (of the film), said: verdict or null}.
 * `thresholds` are those of the film; one that an earlier version tagged does not tell them, and those of the model in use stand in.
 */
export function tagsOf({ frame, thresholds, themes, said, vocabulary, spoken }) {
  return Object.entries(frame.scores).map(([id, score]) => {
    const tag = vocabulary.get(id);
    const threshold = thresholds[id] ?? tag?.threshold ?? 1;
    return {
      id,
      name: spoken(tag?.name, id),
      description: spoken(tag?.description),
      score,
      threshold,
      isFound: score >= threshold,
      isTheme: themes.has(id),
      said: said.get(id)?.verdict ?? null,
    };
  }).sort((one, other) => other.score - one.score);
}

/** The best few of tagsOf, all that were found, and those that somebody chose or spoke of. */
export function topTags(all, chosen) {
  return all.filter((tag, place) => place < TOP || tag.isFound || tag.said || tag.id === chosen);
}
