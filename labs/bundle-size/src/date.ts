/** Dates in English. */
import { checkText } from "./checks.ts";

const MONTHS = [
  { _long: "January", _short: "Jan" },
  { _long: "February", _short: "Feb" },
  { _long: "March", _short: "Mar" },
  { _long: "April", _short: "Apr" },
  { _long: "May", _short: "May" },
  { _long: "June", _short: "Jun" },
  { _long: "July", _short: "Jul" },
  { _long: "August", _short: "Aug" },
  { _long: "September", _short: "Sep" },
  { _long: "October", _short: "Oct" },
  { _long: "November", _short: "Nov" },
  { _long: "December", _short: "Dec" },
];

const DAYS = [
  { _long: "Sunday", _short: "Sun" },
  { _long: "Monday", _short: "Mon" },
  { _long: "Tuesday", _short: "Tue" },
  { _long: "Wednesday", _short: "Wed" },
  { _long: "Thursday", _short: "Thu" },
  { _long: "Friday", _short: "Fri" },
  { _long: "Saturday", _short: "Sat" },
];

/** A date and a pattern with `|` between them; the pattern's other letters stay as they are. */
export function formatDate(text: string): string {
  checkText("formatDate", text);
  const separator = text.indexOf("|");
  const [year = 0, month = 1, day = 1] = text
    .slice(0, separator)
    .split("-")
    .map((part) => Number.parseInt(part, 10));
  const weekday = weekdayOf(year, month, day);
  const pattern = text.slice(separator + 1);
  return pattern.replace(/YYYY|YY|MMMM|MMM|MM|M|DDDD|DD|D|dddd|ddd/g, (token) => {
    switch (token) {
      case "YYYY":
        return String(year);
      case "YY":
        return String(year % 100).padStart(2, "0");
      case "MMMM":
        return MONTHS[month - 1]?._long ?? "";
      case "MMM":
        return MONTHS[month - 1]?._short ?? "";
      case "MM":
        return String(month).padStart(2, "0");
      case "M":
        return String(month);
      case "DDDD":
        return String(dayOfYear(year, month, day));
      case "DD":
        return String(day).padStart(2, "0");
      case "D":
        return String(day);
      case "dddd":
        return DAYS[weekday]?._long ?? "";
      default:
        return DAYS[weekday]?._short ?? "";
    }
  });
}

function isLeapYear(year: number): boolean {
  if (year % 400 === 0) return true;
  if (year % 100 === 0) return false;
  return year % 4 === 0;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) {
    return isLeapYear(year) ? 29 : 28;
  }
  if (month === 4 || month === 6 || month === 9 || month === 11) {
    return 30;
  }
  return 31;
}

function dayOfYear(year: number, month: number, day: number): number {
  let days = day;
  for (let earlier = 1; earlier < month; earlier++) {
    days = days + daysInMonth(year, earlier);
  }
  return days;
}

/** 0 is Sunday. 1 January 1900 was a Monday. */
function weekdayOf(year: number, month: number, day: number): number {
  let days = 0;
  for (let earlier = 1900; earlier < year; earlier++) {
    days = days + (isLeapYear(earlier) ? 366 : 365);
  }
  return (days + dayOfYear(year, month, day)) % 7;
}
