/**
 * CloudFront's path patterns ("Path pattern", read 2026-04): the whole path, with case; `*` is any text, also across `/`;
 * `?` is exactly one character; the slash at the start may be left out; the query is not seen.
 */

/** Whether the pattern matches the path. Linear in practice: it goes back to the last `*` only. */
export function matchesPath(pattern: string, path: string): boolean {
  const wanted = pattern.startsWith("/") || pattern.startsWith("*") ? pattern : `/${pattern}`;
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let here = 0; here < path.length; ) {
    const next = wanted.charAt(at);
    if (next === "*") {
      star = at;
      resume = here;
      at += 1;
    } else if (next === "?" || (next !== "" && next === path.charAt(here))) {
      at += 1;
      here += 1;
    } else if (star >= 0) {
      resume += 1;
      here = resume;
      at = star + 1;
    } else {
      return false;
    }
  }
  while (wanted.charAt(at) === "*") at += 1;
  return at === wanted.length;
}

/** Whether a host is one of the behavior's; `*.example.com` stands for names below example.com. */
export function matchesHost(hosts: readonly string[] | undefined, host: string): boolean {
  if (hosts === undefined || hosts.length === 0) return true;
  return hosts.some((name) => (name.startsWith("*.") ? host.endsWith(name.slice(1)) : name === host));
}

/**
 * The path by which CloudFront chooses the behavior: `//` and dot segments are resolved as RFC 3986 says. Functions and
 * the origin still get the raw path.
 */
export function pathForMatching(path: string): string {
  if (!/\/\/|\/\.\.?(?:\/|$)/.test(path)) return path;
  const parts: string[] = [];
  const segments = path.split("/").slice(1);
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === "..") parts.pop();
    else if (segment !== "." && (segment !== "" || last)) parts.push(segment);
    if (last && (segment === "." || segment === "..")) parts.push("");
  });
  return `/${parts.join("/")}`;
}
