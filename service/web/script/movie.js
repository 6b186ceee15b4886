// What every view may ask of a film as the API gives it.

/** Whether it waits or is at work: it will change by itself. */
export const isUnfinished = ({ state }) => state === "queued" || state === "running";
