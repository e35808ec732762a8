/** How the tuner finds constants in each language, what it leaves alone, and that an edit changes a literal only. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editText } from "../../src/agents/tuner/edit.ts";
import { readLiteral, writeLiteral } from "../../src/agents/tuner/literal.ts";
import { readConstants } from "../../src/agents/tuner/readers.ts";

function found(file: string, text: string): Record<string, unknown> {
  return Object.fromEntries(readConstants(file, text).map((c) => [c.name, c.literal.value]));
}

describe("TypeScript and JavaScript", () => {
  it.each([
    ["const A = 1e-3;", { A: 0.001 }],
    ["let A = 0.5\nvar B = true", { A: 0.5, B: true }],
    ["export const A: number = -0.5, B = .25;", { A: -0.5, B: 0.25 }],
    ["const A = 0x10; const B = 1_000; const C = 2 ** 19;", { A: 16, B: 1000, C: 524288 }],
    ["const A = 3 as const;\nconst B = 4", { A: 3, B: 4 }],
    ["const C = { lr: 0.1, deep: { on: false } };", { "C.lr": 0.1, "C.deep.on": false }],
    ["const Größe = 3; const π = 3.14;", { Größe: 3, π: 3.14 }],
    ["const A = 1;\r\nconst B = 2;\r\n", { A: 1, B: 2 }],
    ["\ufeffconst A = 1;", { A: 1 }],
  ])("finds the constants of %j", (text, constants) => {
    expect(found("a.ts", text)).toEqual(constants);
  });

  it.each([
    ["a comment", "// const A = 1;\n/* const B = 2;\nconst C = 3; */"],
    ["a string", "f(\"const A = 1;\", 'const B = 2;');"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in the file that is read
    ["a template", "f(`\nconst A = 1;\n${ `${'}'}` }\nconst B = 2;\n`);"],
    ["a regular expression", 'f(/`const A = 1;"/g);'],
    ["a function", "function f() { const A = 1; }\nconst g = () => { const B = 2; };"],
    ["a class or a block", "class X { static A = 1; }\n{ const B = 2; }"],
    ["an expression", "const A = 1 + 2;\nconst B = 3\n  * 4;\nconst C = f(5);\nconst D = 1 / 3;"],
    ["a big integer or a unit", "const A = 10n;"],
    ["a pattern", "const { a, b } = { a: 1, b: 2 };\nconst [c] = [3];"],
    ["a variable", "let a = 0;\na += 1;\nlet b = 0\nfor (;;) b++\nlet c = 1;\nconst d = x\nc = 2"],
    ["a name declared twice", "var A = 1;\nvar A = 2;"],
    ["an unfinished string or template", 'const A = "x\nf(`\nconst B = 2;'],
  ])("leaves %s alone", (_what, text) => {
    expect(found("a.ts", text)).toEqual({});
  });

  it("reads like-minded declarations of other languages", () => {
    expect(found("a.rs", "pub const LR: f64 = 1e-3; // 1e-4..1e-2\nfn f<'a>() { let x = 3; }\n")).toEqual({
      LR: 0.001,
    });
    expect(found("a.c", "static const double LR = 0.1;\nint f(void) { const int x = 3; return x; }")).toEqual({
      LR: 0.1,
    });
  });
});

describe("Python", () => {
  it.each([
    ["LR = 0.1", { LR: 0.1 }],
    ["lr: float = 0.1  # 1e-3..1 log", { lr: 0.1 }],
    ["USE = True\nOFF = False", { USE: true, OFF: false }],
    ["N = 1_000\nH = 0x10\nP = 2**19\nM = -3", { N: 1000, H: 16, P: 524288, M: -3 }],
    ["@dataclass\nclass C:\n    lr: float = 0.1\n    n = 3\n", { "C.lr": 0.1, "C.n": 3 }],
    ["A = 1\r\nB = 2\r\n", { A: 1, B: 2 }],
  ])("finds the constants of %j", (text, constants) => {
    expect(found("a.py", text)).toEqual(constants);
  });

  it.each([
    ["a comment", "# A = 1"],
    ["a string", "f('A = 1')"],
    ["a docstring", '"""\nA = 1\n"""'],
    ["a function", "def f(x=1):\n    A = 2\n"],
    ["a method", "class C:\n    def f(self):\n        A = 2\n"],
    ["a condition", "if True:\n    A = 2\n"],
    ["a call", "f(\nA = 1\n)"],
    ["an expression", "A = 1 + 2\nB = 3 if x else 4\nC = 1, 2\nD = 1 \\\n  + 2"],
    ["a variable", "step = 0\nwhile True:\n    step += 1\n"],
    ["a loop's variable", "i = 3\nfor i in range(3):\n    pass\n"],
    ["a global", "A = 1\ndef f():\n    global A\n"],
    ["a name assigned twice", "A = 1\nA = 2\n"],
    ["a complex number", "A = 1j"],
  ])("leaves %s alone", (_what, text) => {
    expect(Object.keys(found("a.py", text))).toEqual([]);
  });
});

describe("data files", () => {
  it("names TOML keys by their tables", () => {
    const text = 'a = 1\n[o.p]\n"b c" = 0.5 # 0..1\nd = 2020-01-01\nm = """\nx = 3\n"""\n[[l]]\nw = 1\n[[l]]\nw = 2\n';
    expect(found("c.toml", text)).toEqual({ a: 1, "o.p.b c": 0.5, "l.0.w": 1, "l.1.w": 2 });
  });

  it("reads INI and .env files", () => {
    expect(found("c.ini", "[t]\nlr = 0.1 ; 0..1\n; x = 3\n")).toEqual({ "t.lr": 0.1 });
    expect(found(".env", "export LR=0.1\n#X=3\n")).toEqual({ LR: 0.1 });
  });

  it("names YAML scalars by their path, and leaves texts, tags and broken files alone", () => {
    const text = "lr: 1e-3 # 1e-4..1e-2\no:\n  betas: [0.9, 0.95]\n  on: true\nt: |\n  lr: 3\ns: !!str 5\n";
    expect(found("c.yaml", text)).toEqual({ lr: 0.001, "o.betas.0": 0.9, "o.betas.1": 0.95, "o.on": true });
    expect(found("c.yaml", "a: [1\nb: }")).toEqual({});
  });

  it("names JSON leaves by their path, and leaves long lists and double keys alone", () => {
    const text = '{"lr": 1e-3, "m": {"l": [{"w": 1}]}, "d": 1, "d": 2, "x": [1,2,3,4,5,6,7,8,9]}';
    expect(found("c.json", text)).toEqual({ lr: 0.001, "m.l.0.w": 1 });
  });
});

describe("hostile files", () => {
  it.each([
    ["a long line", "a.ts", `const A = [${"1,".repeat(100_000)}];\nconst B = 2;`],
    ["deep JSON", "a.json", `${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}`],
    ["deep brackets", "a.ts", "[".repeat(200_000)],
    ["deep YAML", "a.yaml", "[".repeat(100_000)],
    ["deep YAML in blocks", "a.yaml", Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["deep YAML on one line", "a.yaml", `${"- ".repeat(50_000)}1`],
    ["deep templates", "a.ts", "`${".repeat(60_000)],
    ["deep Python", "a.py", Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}if x:`).join("\n")],
    ["many quotes", "a.py", "'\"".repeat(100_000)],
    ["a YAML bomb", "a.yaml", `a: &a [1]\n${Array.from({ length: 30 }, (_, i) => `b${i}: [*a, *a]`).join("\n")}`],
    ["many dots", "a.toml", `${"a.".repeat(50_000)} = 1`],
  ])("does not stumble over %s", (_what, file, text) => {
    expect(readConstants(file, text).length).toBeLessThan(100);
  });

  it("never throws, whatever the text, and every literal found stands where it is said to stand", () => {
    const piece = fc.constantFrom(
      ..."const let = : ; , { } [ ] ( ) ` ' \" / \\ # // /* */ ${ \n \r\n".split(" "),
      ..."A B 1 0.5 -2 true class def : 2**3 1e-3 - . & *".split(" "),
      "\n  ",
      "💥",
    );
    const file = fc.constantFrom("a.ts", "a.py", "a.toml", "a.yaml", "a.json", "a.ini");
    fc.assert(
      fc.property(file, fc.array(piece, { maxLength: 40 }), fc.constantFrom("", " "), (name, pieces, glue) => {
        const text = pieces.join(glue);
        for (const c of readConstants(name, text)) {
          const raw = text.slice(c.start, c.end).replaceAll(/\s/g, "");
          expect(readLiteral(raw)?.value ?? raw).toEqual(c.literal.value);
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe("literals", () => {
  it.each([
    ["1e-3", 0.0025, "2.5e-3"],
    ["1e-3", 0.5, "0.5"],
    ["1.0e-3", 0.002, "2.0e-3"],
    ["0.001", 0.00002, "0.00002"],
    ["0.5", 2, "2.0"],
    ["3", 0.25, "0.25"],
    ["1_000", 2500, "2_500"],
    ["0x10", 32, "0x20"],
    ["0b100", 8, "0b1000"],
    ["2**19", 2 ** 20, "2**20"],
    ["-0.5", 0.25, "0.25"],
    ["True", false, "False"],
    ["true", false, "false"],
    ['"a"', "b", '"b"'],
    ["'a'", "b", "'b'"],
  ])("%s becomes %s as %s", (before, value, after) => {
    expect(writeLiteral(value, readLiteral(before)!.style)).toBe(after);
  });

  it.each(["010", "1__0", "10n", "0.5f", "0x", "--1", "1e999", "9007199254740993", '"a\\n"', '"$x"', "NaN", ""])(
    "%s is no literal that can be written again",
    (text) => {
      expect(readLiteral(text)).toBeUndefined();
    },
  );

  it("every number of three digits is read back as it was written, in every style", () => {
    const styles = ["0.5", "1e-3", "1.0e-3", "1_000.5"].map((text) => readLiteral(text)!.style);
    const value = fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -12, max: 9 }));
    fc.assert(
      fc.property(value, fc.constantFrom(...styles), ([digits, power], style) => {
        const number = Number(`${digits}e${power}`);
        expect(readLiteral(writeLiteral(number, style))?.value).toBe(number);
      }),
      { seed: 1 },
    );
  });
});

describe("an edit", () => {
  const text =
    "\ufeffconst A = 1e-3; // 1e-4..1e-2 log\r\nconst B=4 ;\t/* x */\r\nconst S = 'A = 1e-3';\r\nexport const ä = 0x10";

  it("replaces the literals and nothing else", () => {
    const constants = readConstants("a.ts", text);
    const values = { "a.ts#A": 0.002, "a.ts#B": 6, "a.ts#ä": 64 };
    const edited = text.replace("A = 1e-3;", "A = 2e-3;").replace("B=4", "B=6").replace("0x10", "0x40");
    expect(editText(text, constants, values)).toBe(edited);
  });

  it("with the champion's values changes nothing, also where the literal is written unusually", () => {
    const odd = "const A = 1.50;\nconst B = 1E-3;\nconst C = +5;\nconst D = 0X1F;";
    const constants = readConstants("a.ts", odd);
    expect(constants.length).toBe(4);
    expect(editText(odd, constants, Object.fromEntries(constants.map((c) => [c.key, c.literal.value])))).toBe(odd);
  });

  it("is read back with the new values, in every language, and the rest of the file is the same", () => {
    const files: Record<string, string> = {
      "a.ts": "const A = 1; // x\nconst B = 0.5;\nconst C = true;\n",
      "a.py": "A = 1  # x\nB = 0.5\nC = True\n",
      "a.toml": "A = 1 # x\nB = 0.5\nC = true\n",
      "a.yaml": "A: 1 # x\nB: 0.5\nC: true\n",
      "a.json": '{"A": 1, "B": 0.5, "C": true}',
    };
    const values = fc.record({
      A: fc.integer({ min: 0, max: 999 }),
      B: fc.integer({ min: 1, max: 999 }),
      C: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(files)), values, (file, { A, B, C }) => {
        const before = files[file]!;
        const wanted = { A, B: B / 1000, C };
        const keyed = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [`${file}#${name}`, value]));
        const after = editText(before, readConstants(file, before), keyed);
        expect(found(file, after)).toEqual(wanted);
        const back = Object.fromEntries(
          [
            ["A", 1],
            ["B", 0.5],
            ["C", true],
          ].map(([n, v]) => [`${file}#${n}`, v!]),
        );
        expect(editText(after, readConstants(file, after), back)).toBe(before);
      }),
      { seed: 1 },
    );
  });
});
