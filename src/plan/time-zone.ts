import { isPerhapsTimeZone as looksYounger } from '../postgres/time-zone';

/** Names that stand for themselves; all others are an area and a place. */
const ALONE = new Set(('CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan '
  + 'Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu').split(' '));
const AREA = /^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US)$/;
const PLACE = /^(?:(?:[A-Z]{1,4}|[A-Z][a-z]+(?:[A-Z][a-z]*){0,2}|of|es|au)(?:[-_]|$))+$/;
const OFFSET = /^GMT([+-]?\d{1,2})?$/;

/** A formatter of dates takes its time, the first one most of all: asked once for each time zone, and never for the default. */
const known = new Map<string, boolean>([['Etc/UTC', true]]);

/** Whether the name is one of the IANA database in its exact spelling: Kubernetes looks for a file of that name. */
export function isTimeZone(name: string): boolean {
  const result = known.get(name) ?? isSpelledWell(name, canonical(name));
  known.set(name, result);
  return result;
}

function canonical(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** Whether Node does not know the name, and it is spelled like one that is younger than Node. */
export function isPerhapsTimeZone(name: string): boolean {
  return looksYounger(name) && isSpelledLikePlaces(name);
}

/** Node takes any case, and tells the right one only of names that are no alias of another. */
function isSpelledWell(name: string, canonicalName: string | undefined): boolean {
  if (canonicalName === undefined) return false;
  if (canonicalName.toLowerCase() === name.toLowerCase()) return canonicalName === name;
  return name.includes('/') ? isSpelledLikePlaces(name) : ALONE.has(name);
}

function isSpelledLikePlaces(name: string): boolean {
  const [area, ...places] = name.split('/');
  return AREA.test(area) && places.every((place) => PLACE.test(place) || OFFSET.test(place));
}
