// The page's texts in the reader's language. English is here; the others, and a site's own words, are `texts.<language>.json`
// beside this file. What such a file lacks, or has in another shape, is said in English.
import { english } from './english.js';

export const languages = ['en', 'de', 'es', 'fr', 'ja', 'ar'];
const rightToLeft = ['ar'];

const languageOf = (tag) => tag.toLowerCase().split('-')[0];

/** The reader's most wanted tag (`en-GB`) that we have a language for. */
export const chooseLocale = (wanted) => wanted.find((tag) => languages.includes(languageOf(tag))) ?? 'en';

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? values[name] : whole));

const isText = (value) => typeof value === 'string' && value !== '';
const isForms = (value) => typeof value === 'object' && value !== null && isText(value.other);
const fits = (value, model) => (isForms(model) ? isForms(value) : isText(value));

// A text without placeholders is a string. Any other is a function of its values: `texts.signedInAs({ name })`.
function read(value, plurals, numbers) {
  if (isForms(value)) {
    return ({ n, ...values }) => fill(value[plurals.select(n)] ?? value.other, { n: numbers.format(n), ...values });
  }
  return isText(value) && value.includes('{') ? (values) => fill(value, values) : value;
}

/** Makes a file's texts usable. English stands in for what it lacks. */
export function compile(file, tag) {
  const [plurals, numbers] = [new Intl.PluralRules(tag), new Intl.NumberFormat(tag)];
  const [englishPlurals, englishNumbers] = [new Intl.PluralRules('en'), new Intl.NumberFormat('en')];
  const texts = Object.entries(english).map(([key, model]) => [key, fits(file[key], model)
    ? read(file[key], plurals, numbers)
    : read(model, englishPlurals, englishNumbers)]);
  const methods = Object.entries(file.methods ?? {}).filter(([, word]) => isText(word));
  return { ...Object.fromEntries(texts), methods: { ...english.methods, ...Object.fromEntries(methods) } };
}

async function load(name) {
  try {
    const response = await fetch(new URL(`texts.${name}.json`, import.meta.url), { credentials: 'same-origin' });
    return (response.ok && await response.json()) || {};
  } catch {
    return {};
  }
}

const kept = 'sessiond-language'; // in this browser: what its reader has chosen

function chosen() {
  try {
    return localStorage.getItem(kept);
  } catch {
    return null; // the browser keeps nothing, or there is none
  }
}

/** Keeps the reader's choice. Whether the browser does keep it. */
export function choose(name) {
  try {
    localStorage.setItem(kept, name);
    return true;
  } catch {
    return false;
  }
}

const wanted = globalThis.navigator?.languages ?? [];
const ofChosen = (tag) => languageOf(tag) === chosen(); // `de-CH` has other dates than `de`

export const locale = chooseLocale([...wanted.filter(ofChosen), chosen() ?? '', ...wanted]); // for dates and numbers
export const language = languageOf(locale);                               // for texts
export const direction = rightToLeft.includes(language) ? 'rtl' : 'ltr';
export const texts = compile(await load(language), locale);
