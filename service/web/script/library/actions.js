// What can be done with a film, or with many.

import { isUnfinished } from "../movie.js";

/** By name: the request for a film, and which films it is for. */
export const ACTIONS = {
  retag: { sign: "pen", fits: (movie) => !isUnfinished(movie) && Boolean(movie.tags), ask: (api, id, wish) => api.sendJson("POST", `v1/movies/${id}/retag`, wish) },
  retry: { sign: "retry", fits: (movie) => !isUnfinished(movie), ask: (api, id) => api.sendJson("POST", `v1/movies/${id}/retry`) },
  cancel: { sign: "close", fits: isUnfinished, ask: (api, id) => api.sendJson("POST", `v1/movies/${id}/cancel`) },
  delete: { sign: "trash", fits: () => true, ask: (api, id) => api.sendJson("DELETE", `v1/movies/${id}`) },
};
