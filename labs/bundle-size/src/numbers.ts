/** Numbers as English words. */
import { checkWholeNumber } from "./checks.ts";
import { CACHE_RESULTS } from "./settings.ts";

const cache = new Map<number, string>();

const NAMES: Readonly<Record<string, string>> = {
  "0": "zero",
  "1": "one",
  "2": "two",
  "3": "three",
  "4": "four",
  "5": "five",
  "6": "six",
  "7": "seven",
  "8": "eight",
  "9": "nine",
  "10": "ten",
  "11": "eleven",
  "12": "twelve",
  "13": "thirteen",
  "14": "fourteen",
  "15": "fifteen",
  "16": "sixteen",
  "17": "seventeen",
  "18": "eighteen",
  "19": "nineteen",
  "20": "twenty",
  "30": "thirty",
  "40": "forty",
  "50": "fifty",
  "60": "sixty",
  "70": "seventy",
  "80": "eighty",
  "90": "ninety",
};

/** The words of a whole number from 0 to 999999. */
export function numberToWords(value: number): string {
  checkWholeNumber("numberToWords", value, 0, 999999);
  if (CACHE_RESULTS) {
    const known = cache.get(value);
    if (known !== undefined) return known;
  }
  const result = value === 0 ? "zero" : wordsOf(value);
  if (CACHE_RESULTS) cache.set(value, result);
  return result;
}

function wordsOf(value: number): string {
  if (value >= 1000) {
    const thousands = Math.floor(value / 1000);
    const rest = value % 1000;
    if (rest === 0) {
      return `${wordsBelowThousand(thousands)} thousand`;
    }
    return `${wordsBelowThousand(thousands)} thousand ${wordsBelowThousand(rest)}`;
  }
  return wordsBelowThousand(value);
}

function wordsBelowThousand(value: number): string {
  if (value >= 100) {
    const hundreds = Math.floor(value / 100);
    const rest = value % 100;
    if (rest === 0) {
      return `${NAMES[String(hundreds)]} hundred`;
    }
    return `${NAMES[String(hundreds)]} hundred ${wordsBelowHundred(rest)}`;
  }
  return wordsBelowHundred(value);
}

function wordsBelowHundred(value: number): string {
  if (value < 20) {
    return NAMES[String(value)] ?? "";
  }
  const tens = Math.floor(value / 10) * 10;
  const ones = value % 10;
  if (ones === 0) {
    return NAMES[String(tens)] ?? "";
  }
  return `${NAMES[String(tens)]}-${NAMES[String(ones)]}`;
}
