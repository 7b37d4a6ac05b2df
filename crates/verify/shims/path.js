// The `path` module, for paths with `/`.
(function (shims) {
  "use strict";
  const check = (it) => {
    if (typeof it !== "string") throw new TypeError('The "path" argument must be of type string');
    return it;
  };
  function parts(text, absolute) {
    const out = [];
    for (const part of text.split("/")) {
      if (part === "" || part === ".") continue;
      if (part !== "..") out.push(part);
      else if (out.length > 0 && out[out.length - 1] !== "..") out.pop();
      else if (!absolute) out.push("..");
    }
    return out;
  }
  const isAbsolute = (it) => check(it).startsWith("/");
  function normalize(text) {
    if (check(text) === "") return ".";
    const absolute = isAbsolute(text);
    let out = parts(text, absolute).join("/");
    if (out === "" && !absolute) out = ".";
    if (out !== "" && text.endsWith("/")) out += "/";
    return (absolute ? "/" : "") + out;
  }
  function join(...given) {
    const text = given.map(check).filter((it) => it !== "").join("/");
    return text === "" ? "." : normalize(text);
  }
  function resolve(...given) {
    let out = "";
    for (let at = given.length - 1; at >= 0 && !out.startsWith("/"); at -= 1) if (check(given[at]) !== "") out = given[at] + "/" + out;
    if (!out.startsWith("/")) return shims.unknown("path.resolve asks for the working directory");
    return "/" + parts(out, true).join("/");
  }
  // Without the slashes at its end.
  const trimmed = (text) => text.replace(/\/+$/, "");
  function basename(text, end) {
    const name = trimmed(check(text)).split("/").pop();
    return end !== undefined && name !== end && name.endsWith(end) ? name.slice(0, name.length - end.length) : name;
  }
  function dirname(text) {
    if (check(text) === "") return ".";
    const whole = trimmed(text);
    if (whole === "") return "/";
    const at = whole.lastIndexOf("/");
    if (at < 0) return ".";
    if (at === 0) return "/";
    return at === 1 && whole.startsWith("/") ? "//" : whole.slice(0, at);
  }
  function extname(text) {
    const name = basename(text);
    const at = name.lastIndexOf(".");
    return at <= 0 || name === ".." ? "" : name.slice(at);
  }
  function relative(from, to) {
    const [left, right] = [parts(resolve(from), true), parts(resolve(to), true)];
    let same = 0;
    while (same < left.length && same < right.length && left[same] === right[same]) same += 1;
    return [...left.slice(same).map(() => ".."), ...right.slice(same)].join("/");
  }
  function parse(text) {
    const root = isAbsolute(text) ? "/" : "";
    const base = basename(text);
    const ext = extname(text);
    const whole = trimmed(text);
    const at = whole.lastIndexOf("/");
    const dir = at < 0 ? "" : at === 0 ? "/" : whole.slice(0, at);
    return { root, dir: dir || root, base, ext, name: base.slice(0, base.length - ext.length) };
  }
  function format(it) {
    const dir = it.dir || it.root || "";
    const base = it.base || (it.name || "") + (it.ext || "");
    return dir === "" ? base : dir === it.root ? dir + base : dir + "/" + base;
  }
  const path = { sep: "/", delimiter: ":", normalize, join, resolve, isAbsolute, basename, dirname, extname, relative, parse, format };
  path.posix = path;
  shims.path = path;
})
