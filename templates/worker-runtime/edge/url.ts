/**
 * The parts of a URL exactly as they were sent. `new URL` rewrites what it parses, and a function must see the raw path,
 * so the text is cut by hand.
 */

export interface RawUrl {
  /** `https://host:port`, without a slash at the end. */
  origin: string;
  host: string;
  /** Begins with `/`; escapes are left alone. */
  path: string;
  /** Without `?`; `undefined` when the URL has none. */
  query: string | undefined;
}

export function rawUrl(url: string): RawUrl {
  const authority = url.indexOf("//") + 2;
  const end = indexOfAny(url, "/?#", authority);
  const hash = indexOfAny(url, "#", end);
  const mark = indexOfAny(url, "?", end);
  const query = mark < hash ? url.slice(mark + 1, hash) : undefined;
  const path = url.slice(end, Math.min(mark, hash));
  const name = url.slice(authority, end);
  return {
    origin: url.slice(0, end),
    host: name.replace(/^.*@/, "").replace(/:\d*$/, "").toLowerCase(),
    path: path === "" ? "/" : path,
    query,
  };
}

function indexOfAny(text: string, characters: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (characters.includes(text.charAt(at))) return at;
  }
  return text.length;
}
