/**
 * Printed functions: what a function does to an exchange, written out by the compiler as conditions over what the visitor
 * sent and changes of what goes on. They stand behind the same event and the same checks of results as functions that
 * were carried over, so a result that the old edge refuses is refused here too.
 */

import { readQuery } from "./query";
import { own, put } from "../edge/table";
import type { CloudFrontEvent, CookieEntry, Entry, EventRequest, EventResponse } from "./types";

const VISITOR: ReadonlyMap<string, string> = new Map([
  ["asn", "cloudfront-viewer-asn"],
  ["city", "cloudfront-viewer-city"],
  ["country", "cloudfront-viewer-country"],
  ["country_name", "cloudfront-viewer-country-name"],
  ["http_version", "cloudfront-viewer-http-version"],
  ["is_desktop", "cloudfront-is-desktop-viewer"],
  ["is_mobile", "cloudfront-is-mobile-viewer"],
  ["is_smarttv", "cloudfront-is-smarttv-viewer"],
  ["is_tablet", "cloudfront-is-tablet-viewer"],
  ["latitude", "cloudfront-viewer-latitude"],
  ["longitude", "cloudfront-viewer-longitude"],
  ["metro_code", "cloudfront-viewer-metro-code"],
  ["postal_code", "cloudfront-viewer-postal-code"],
  ["region", "cloudfront-viewer-country-region-name"],
  ["region_code", "cloudfront-viewer-country-region"],
  ["timezone", "cloudfront-viewer-time-zone"],
]);

/** What a function sees of the exchange. Nothing in it changes while the function runs. */
export class Seen {
  private readonly event: Readonly<CloudFrontEvent>;

  constructor(event: Readonly<CloudFrontEvent>) {
    this.event = event;
  }

  get method(): string {
    return this.event.request.method;
  }

  get scheme(): string {
    return this.header("cloudfront-forwarded-proto") ?? "";
  }

  get host(): string {
    return this.header("host") ?? "";
  }

  /** As it was sent; escapes are left alone. */
  get path(): string {
    return this.event.request.uri;
  }

  /** Without `?`; `undefined` when there is no `?`. */
  get query(): string | undefined {
    return this.event.request.rawQueryString?.();
  }

  get clientIp(): string {
    return this.event.viewer.ip;
  }

  /** Of the origin's response; 0 before there is one. */
  get status(): number {
    return this.event.response?.statusCode ?? 0;
  }

  /** The first line of a header; names are in lower case. */
  header(name: string): string | undefined {
    return own(this.event.request.headers, name)?.value;
  }

  headerLines(name: string): string[] {
    return lines(own(this.event.request.headers, name));
  }

  /** The first value of a cookie. */
  cookie(name: string): string | undefined {
    return own(this.event.request.cookies, name)?.value;
  }

  cookieValues(name: string): string[] {
    return lines(own(this.event.request.cookies, name));
  }

  /** The first value of a query argument, not decoded; `""` for one without `=`. */
  argument(name: string): string | undefined {
    return own(this.event.request.querystring as Record<string, Entry>, name)?.value;
  }

  argumentValues(name: string): string[] {
    return lines(own(this.event.request.querystring as Record<string, Entry>, name));
  }

  /** What the platform computes about the visitor, by neutral name: `country`, `city`, `asn` … */
  visitor(name: string): string | undefined {
    return this.header(VISITOR.get(name) ?? "");
  }

  responseHeader(name: string): string | undefined {
    return own(this.event.response?.headers ?? {}, name)?.value;
  }

  responseHeaderLines(name: string): string[] {
    return lines(own(this.event.response?.headers ?? {}, name));
  }
}

function lines(entry: Entry | undefined): string[] {
  if (entry === undefined) return [];
  return entry.multiValue?.map((it) => it.value) ?? [entry.value];
}

/** What goes on to the origin. A name set to no value at all is removed. */
export class RequestChanges {
  readonly request: EventRequest;
  private readonly sent: EventRequest;

  constructor(sent: EventRequest) {
    this.sent = sent;
    const { headers, cookies, querystring } = sent;
    const query = typeof querystring === "string" ? querystring : { ...querystring };
    this.request = { ...sent, headers: { ...headers }, cookies: { ...cookies }, querystring: query };
  }

  set path(path: string) {
    this.request.uri = path;
  }

  /** `undefined` sends no `?`. */
  set query(query: string | undefined) {
    if (query !== this.sent.rawQueryString?.()) this.request.querystring = query ?? "";
  }

  setHeader(name: string, ...values: readonly string[]): void {
    write(this.request.headers, name, values);
  }

  setCookie(name: string, ...values: readonly string[]): void {
    write(this.request.cookies, name, values);
  }

  setArgument(name: string, ...values: readonly string[]): void {
    write(this.request.querystring as Record<string, Entry>, name, values);
  }
}

function write(table: Record<string, Entry>, name: string, values: readonly string[]): void {
  const [first, ...others] = values;
  if (first === undefined) delete table[name];
  else if (others.length === 0) put(table, name, { value: first });
  else put(table, name, { value: first, multiValue: values.map((value) => ({ value })) });
}

/** What goes on to the visitor. */
export class ResponseChanges {
  readonly response: EventResponse;

  constructor(came: EventResponse) {
    this.response = { ...came, headers: { ...came.headers }, cookies: { ...came.cookies } };
  }

  set status(status: number) {
    this.response.statusCode = status;
  }

  /** `undefined` leaves the origin's body. */
  set body(body: string | undefined) {
    if (body !== undefined) this.response.body = body;
  }

  setHeader(name: string, ...values: readonly string[]): void {
    write(this.response.headers as Record<string, Entry>, name, values);
  }

  /** Each value with its attributes, as in `v; Path=/`. */
  setCookie(name: string, ...values: readonly string[]): void {
    const table = this.response.cookies as Record<string, CookieEntry>;
    if (values.length === 0) delete table[name];
    else put(table, name, cookieEntry(values));
  }
}

function cookieEntry(values: readonly string[]): CookieEntry {
  const all = values.map(cookieOf);
  const [first] = all as [CookieEntry];
  return all.length === 1 ? first : { ...first, multiValue: all };
}

function cookieOf(text: string): CookieEntry {
  const end = text.indexOf(";");
  if (end < 0) return { value: text };
  return { value: text.slice(0, end), attributes: text.slice(end + 1).trimStart() };
}

/** An answer that a function gives itself. */
export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Each value with its attributes. */
  cookies?: Readonly<Record<string, readonly string[]>>;
  body?: string | undefined;
}

/** Answers, or changes what goes on to the origin. */
export type OnRequest = (seen: Seen, onward: RequestChanges) => Answer | undefined;

/** Changes what goes on to the visitor. */
export type OnResponse = (seen: Seen, onward: ResponseChanges) => void;

/** A printed function in the place of one that was carried over. */
export function onRequest(run: OnRequest): () => unknown {
  return () => (event: CloudFrontEvent) => {
    const onward = new RequestChanges(event.request);
    const answer = run(new Seen(event), onward);
    return answer === undefined ? onward.request : responseOf(answer);
  };
}

/** The same for a response. */
export function onResponse(run: OnResponse): () => unknown {
  return (): unknown => (event: CloudFrontEvent & { response: EventResponse }) => {
    const onward = new ResponseChanges(event.response);
    run(new Seen(event), onward);
    return onward.response;
  };
}

function responseOf({ status, headers, cookies, body }: Answer): EventResponse {
  const response: EventResponse = { statusCode: status };
  if (headers !== undefined) {
    const table: Record<string, Entry> = {};
    for (const [name, value] of Object.entries(headers)) write(table, name, typeof value === "string" ? [value] : value);
    response.headers = table;
  }
  if (cookies !== undefined) {
    const table: Record<string, CookieEntry> = {};
    for (const [name, values] of Object.entries(cookies)) {
      if (values.length > 0) put(table, name, cookieEntry(values));
    }
    response.cookies = table;
  }
  if (body !== undefined) response.body = body;
  return response;
}

/** The part before the first occurrence of `mark`, the whole text where it does not occur. */
export function before(text: string, mark: string): string {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(0, at);
}

/** The part after the last occurrence of `mark`, the whole text where it does not occur. */
export function afterLast(text: string, mark: string): string {
  const at = text.lastIndexOf(mark);
  return at < 0 ? text : text.slice(at + mark.length);
}

/** The values with the first one replaced; of no values, the new one alone. */
export function withFirst(values: readonly string[], first: string): string[] {
  return [first, ...values.slice(1)];
}

/** A query written anew in the order of the event's object, each argument as `name=value`, with every value. */
export function everyArgument(query: string): string {
  return Object.entries(readQuery(query)).flatMap(([name, entry]) => lines(entry).map((value) => `${name}=${value}`)).join("&");
}

/** The same with the first value of each name alone. */
export function firstArguments(query: string): string {
  return Object.entries(readQuery(query)).map(([name, { value }]) => `${name}=${value}`).join("&");
}
