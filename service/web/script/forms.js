// Times, sizes and scores as people read them, in the language of now.

import { language } from "./words.js";

const formats = new Map(); // making one takes longer than using it a hundred times

function format(Kind, form) {
  const key = `${language()} ${Kind.name} ${JSON.stringify(form)}`;
  if (!formats.has(key)) formats.set(key, new Kind(language(), form));
  return formats.get(key);
}

/** Milliseconds as "1:02:03", "2:03"; with `exact` the tenths, too. */
export function time(ms, exact = false) {
  const all = Math.floor(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const tenths = exact ? `.${Math.floor((ms % 1000) / 100)}` : "";
  const two = (value) => String(value).padStart(2, "0");
  return (hours ? `${hours}:${two(minutes)}` : `${minutes}`) + `:${two(seconds)}${tenths}`;
}

/** 0.734 as "73 %". */
export function score(value) {
  return format(Intl.NumberFormat, { style: "percent", maximumFractionDigits: 0 }).format(value);
}

export function number(value, digits = 0) {
  return format(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);
}

/** Bytes as "1.4 GB". */
export function bytes(value) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  const form = { style: "unit", unit: units[step], unitDisplay: step ? "short" : "long", maximumFractionDigits: step > 1 ? 1 : 0 };
  return format(Intl.NumberFormat, form).format(value / 1000 ** step);
}

/** A moment (RFC 3339) as day and time. */
export function moment(text) {
  return format(Intl.DateTimeFormat, { dateStyle: "medium", timeStyle: "short" }).format(new Date(text));
}

/** A moment (RFC 3339) as its day. */
export function day(text) {
  return format(Intl.DateTimeFormat, { dateStyle: "medium" }).format(new Date(text));
}

/** Seconds that are left, as "2 min". */
export function wait(seconds) {
  const [value, unit] = seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  const form = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: unit === "hour" ? 1 : 0 };
  return format(Intl.NumberFormat, form).format(value);
}
