//! Each form of TypeScript, blanked: the text that comes out, its length, and what is refused.

use super::*;

/// Blanks, and squeezes the blanks for the eye. Length and lines must not change.
fn squeezed(text: &str) -> String {
    match without_types(text) {
        Ok(out) => {
            assert_eq!((out.len(), out.lines().count()), (text.len(), text.lines().count()), "{text}");
            out.lines().map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
        }
        Err(kept) => format!("kept: {}", kept.iter().map(|it| it.what.as_str()).collect::<Vec<_>>().join(", ")),
    }
}

#[test]
fn types_become_blanks() {
    for (text, expected) in [
        ("const a: string = 'x';", "const a = 'x';"),
        ("let a!: number;", "let a ;"),
        (
            "function f<T extends object>(this: Foo, a?: T, ...b: T[]): a is T { return a!; }",
            "function f ( a , ...b ) { return a ; }",
        ),
        ("const f = async <T,>(a: T): Promise<T> => a as T;", "const f = async (a ) => a ;"),
        ("type A = { b: string };\ninterface B extends A { c(): void }\nf();", ";\n;\nf();"),
        (
            "declare const x: string;\ndeclare function g(): void;\ndeclare global { interface W {} }\nx();",
            ";\n;\n;\nx();",
        ),
        (
            "export type A = string; export interface B {} export const c = 1 satisfies number;",
            "; ; export const c = 1 ;",
        ),
        (
            "const a = <const>['x'], b = ['y'] as const, c = d<string>, e = new F<number>(g<string>(1));",
            "const a = ['x'], b = ['y'] , c = d , e = new F (g (1));",
        ),
        (
            "try { f() } catch (e: unknown) { (e as Error).message!.length }",
            "try { f() } catch (e ) { (e ).message .length }",
        ),
        (
            "function o(a: string): void;\nfunction o(a: number): void;\nfunction o(a: any) {}",
            ";\n;\nfunction o(a ) {}",
        ),
        ("for (const x of y as string[]) { z[x as keyof Z]! += 1; }", "for (const x of y ) { z[x ] += 1; }"),
        ("const { a, b }: { a: string; b: number } = c; let [d]: [string] = e;", "const { a, b } = c; let [d] = e;"),
        ("let x = a?.b!.c; let y = `${x as string}`;", "let x = a?.b .c; let y = `${x }`;"),
    ] {
        assert_eq!(squeezed(text), expected, "{text}");
    }
}

#[test]
fn classes_lose_what_is_not_javascript() {
    let text = "export abstract class A<T> extends B<T> implements C, D<T> {\n  private readonly x?: string = 'a';\n  static override y!: number;\n  declare z: string;\n  [key: string]: unknown;\n  abstract m(): void;\n  constructor(a: string);\n  public constructor(a: any) { super(a); }\n  protected async g?<U>(u: U): Promise<void> {}\n  get v(): string { return '' }\n}";
    assert_eq!(
        squeezed(text),
        "export class A extends B {\n; x = 'a';\nstatic y ;\n;\n;\n;\n;\n; constructor(a ) { super(a); }\n; async g (u ) {}\nget v() { return '' }\n}"
    );
}

#[test]
fn modules_import_only_values() {
    for (text, expected) in [
        (
            "import type { A } from './a'; import { type B, c, D } from './b';\nexport const e: D = c;",
            "; import { c, } from './b';\nexport const e = c;",
        ),
        ("import A, { b } from './a';\nconst x: A = b;", "import { b } from './a';\nconst x = b;"),
        ("import a, * as B from './a';\nconst x: B.T = a;", "import a from './a';\nconst x = a;"),
        ("import { A } from './types';\nlet x: A;", ";\nlet x ;"),
        ("import './effects';", "import './effects';"),
        (
            "type A = string; const b = 1;\nexport { A, b }; export type { C } from './c'; export { type D, e } from './d';",
            "; const b = 1;\nexport { b }; ; export { e } from './d';",
        ),
        ("export default interface A {}", ";"),
    ] {
        assert_eq!(squeezed(text), expected, "{text}");
    }
}

#[test]
fn blanks_do_not_join_lines() {
    for (text, expected) in [
        ("const a = b as T\n(c as U)()", "const a = b;\n(c )()"),
        ("let a: string\n[1].map(f)", "let a;\n[1].map(f)"),
        ("a = b\ntype T = string\n(c)()", "a = b\n;\n(c)()"),
        ("class A {\n x: string\n ['y'] = 1 as number\n g() {}\n}", "class A {\nx;\n['y'] = 1;\ng() {}\n}"),
        (
            "const f = (a: string /* ) */): {\n  b: string;\n} => ({ b: a });",
            "const f = (a /* ) */\n\n) => ({ b: a });",
        ),
        ("const f = (): Promise<\n  string\n> => g;", "const f = (\n\n) => g;"),
        ("class A {\n a = 1\n private ['b'] = 2\n}", "class A {\na = 1\n; ['b'] = 2\n}"),
    ] {
        assert_eq!(squeezed(text), expected, "{text}");
    }
}

#[test]
fn code_of_typescript_is_refused() {
    for (text, expected) in [
        ("enum A { B }", "kept: an enum"),
        ("namespace A { export const b = 1 }", "kept: a namespace"),
        ("class A { constructor(private a: string) {} }", "kept: a parameter property"),
        ("import a = require('a'); a();", "kept: `import … = …`"),
        ("export = a;", "kept: `export = …`"),
        ("const f = () => <T>{ a: 1 };", "kept: a `<T>` at the beginning of an expression"),
        ("const f = () => { return <T>\n g; }", "kept: a `<T>` over several lines"),
        ("const a = ;", "kept: Expression expected"),
    ] {
        assert_eq!(squeezed(text), expected, "{text}");
    }
}

#[test]
fn places_are_those_of_the_text() {
    let text = "\u{feff}const é: string = 'ü'; enum Ä { B }";
    let kept = without_types(text).err().unwrap_or_default();
    let place = kept.first().and_then(|it| text.get(it.start as usize..it.end as usize));
    assert_eq!(place, Some("enum Ä { B }"));
    let text = "const é: Größe = 'ü' as Größe;";
    assert_eq!(without_types(text).map(|it| it.find("'ü'")), Ok(text.find("'ü'")));
}
