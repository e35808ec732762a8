/** Texts as parts of addresses: small letters, digits and single hyphens. */
import { checkText } from "./checks.ts";

/** Letters with marks and their plain spelling. */
const LETTERS: Readonly<Record<string, string>> = {
  à: "a",
  á: "a",
  â: "a",
  ã: "a",
  å: "a",
  ā: "a",
  ă: "a",
  ą: "a",
  ç: "c",
  ć: "c",
  ĉ: "c",
  ċ: "c",
  č: "c",
  ď: "d",
  đ: "d",
  ð: "d",
  è: "e",
  é: "e",
  ê: "e",
  ë: "e",
  ē: "e",
  ĕ: "e",
  ė: "e",
  ę: "e",
  ě: "e",
  ĝ: "g",
  ğ: "g",
  ġ: "g",
  ģ: "g",
  ĥ: "h",
  ħ: "h",
  ì: "i",
  í: "i",
  î: "i",
  ï: "i",
  ĩ: "i",
  ī: "i",
  ĭ: "i",
  į: "i",
  ı: "i",
  ĵ: "j",
  ķ: "k",
  ĺ: "l",
  ļ: "l",
  ľ: "l",
  ŀ: "l",
  ł: "l",
  ñ: "n",
  ń: "n",
  ņ: "n",
  ň: "n",
  ŋ: "n",
  ò: "o",
  ó: "o",
  ô: "o",
  õ: "o",
  ø: "o",
  ō: "o",
  ŏ: "o",
  ő: "o",
  ŕ: "r",
  ŗ: "r",
  ř: "r",
  ś: "s",
  ŝ: "s",
  ş: "s",
  š: "s",
  ţ: "t",
  ť: "t",
  ŧ: "t",
  ù: "u",
  ú: "u",
  û: "u",
  ũ: "u",
  ū: "u",
  ŭ: "u",
  ů: "u",
  ű: "u",
  ų: "u",
  ŵ: "w",
  ý: "y",
  ÿ: "y",
  ŷ: "y",
  ź: "z",
  ż: "z",
  ž: "z",
  ä: "ae",
  æ: "ae",
  ö: "oe",
  œ: "oe",
  ü: "ue",
  ß: "ss",
  þ: "th",
};

/** Small letters, digits and single hyphens; letters of other scripts are left out. */
export function slugify(text: string): string {
  checkText("slugify", text);
  let plain = "";
  for (const letter of text.toLowerCase().split("")) {
    const replacement = LETTERS[letter];
    if (replacement !== undefined) {
      plain = plain + replacement;
    } else {
      plain = plain + letter;
    }
  }
  let result = "";
  let pending = false;
  for (const letter of plain.split("")) {
    const isLetter = letter >= "a" && letter <= "z";
    const isDigit = letter >= "0" && letter <= "9";
    if (isLetter || isDigit) {
      if (pending && result.length > 0) {
        result = `${result}-`;
      }
      pending = false;
      result = result + letter;
    } else {
      pending = true;
    }
  }
  return result;
}
