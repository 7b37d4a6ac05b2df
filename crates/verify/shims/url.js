// `URL` and `URLSearchParams` after the WHATWG standard (read 2026-11) for http and https, and the `url` module's older `parse`
// and `format` for the same. What is outside (other schemes, names beyond ASCII, hosts that are numbers) needs node.
(function (shims) {
  "use strict";
  const { bytes, unknown } = shims;
  const PORTS = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443" };
  const HEX = "0123456789ABCDEF";
  // The characters that each part escapes, beside controls and what is beyond ASCII.
  const FRAGMENT = ' "<>`';
  const QUERY = " \"#<>'";
  const PATH = ' "#<>?`{}';
  const USER = PATH + "/:;=@[\\]^|";

  function escape(text, set) {
    let out = "";
    for (const character of text) {
      const code = character.codePointAt(0);
      if (code > 0x1f && code < 0x7f && !set.includes(character)) out += character;
      else for (const byte of bytes.fromUtf8(character)) out += "%" + HEX[byte >> 4] + HEX[byte & 15];
    }
    return out;
  }
  const invalid = (text) => {
    const error = new TypeError("Invalid URL");
    error.code = "ERR_INVALID_URL";
    error.input = text;
    return error;
  };

  // ---- form encoding
  function decodeForm(text) {
    const list = [];
    const source = bytes.fromUtf8(text.replace(/\+/g, " "));
    const value = (byte) => (byte === undefined ? -1 : "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase()));
    for (let at = 0; at < source.length; at += 1) {
      const [high, low] = [value(source[at + 1]), value(source[at + 2])];
      if (source[at] === 0x25 && high >= 0 && low >= 0) {
        list.push(high * 16 + low);
        at += 2;
      } else list.push(source[at]);
    }
    return bytes.toUtf8(list, false);
  }
  function encodeForm(text) {
    let out = "";
    for (const byte of bytes.fromUtf8(text)) {
      const character = String.fromCharCode(byte);
      if (byte === 0x20) out += "+";
      else if (/[A-Za-z0-9*\-._]/.test(character)) out += character;
      else out += "%" + HEX[byte >> 4] + HEX[byte & 15];
    }
    return out;
  }

  class URLSearchParams {
    #list = [];
    #changed = undefined;
    constructor(given = "", changed = undefined) {
      this.#changed = typeof changed === "function" ? changed : undefined;
      if (given !== null && typeof given === "object") {
        if (typeof given[Symbol.iterator] === "function") {
          for (const pair of given) {
            const [name, value, ...more] = pair;
            if (value === undefined || more.length > 0) throw new TypeError("Each query pair must be an iterable [name, value] tuple");
            this.#list.push([String(name), String(value)]);
          }
        } else for (const name of Object.keys(given)) this.#list.push([name, String(given[name])]);
      } else {
        const text = String(given);
        for (const part of (text.startsWith("?") ? text.slice(1) : text).split("&")) {
          if (part === "") continue;
          if (/%/.test(part) && /[^\x00-\x7f]/.test(part)) unknown("text beyond ASCII with escapes needs node");
          const at = part.indexOf("=");
          this.#list.push(at < 0 ? [decodeForm(part), ""] : [decodeForm(part.slice(0, at)), decodeForm(part.slice(at + 1))]);
        }
      }
    }
    #set(list) {
      this.#list = list;
      if (this.#changed) this.#changed(this.toString());
    }
    get size() {
      return this.#list.length;
    }
    append(name, value) {
      this.#set([...this.#list, [String(name), String(value)]]);
    }
    delete(name, value) {
      this.#set(this.#list.filter((it) => it[0] !== String(name) || (value !== undefined && it[1] !== String(value))));
    }
    get(name) {
      const found = this.#list.find((it) => it[0] === String(name));
      return found === undefined ? null : found[1];
    }
    getAll(name) {
      return this.#list.filter((it) => it[0] === String(name)).map((it) => it[1]);
    }
    has(name, value) {
      return this.#list.some((it) => it[0] === String(name) && (value === undefined || it[1] === String(value)));
    }
    set(name, value) {
      const list = [];
      let done = false;
      for (const it of this.#list) {
        if (it[0] !== String(name)) list.push(it);
        else if (!done) {
          list.push([it[0], String(value)]);
          done = true;
        }
      }
      if (!done) list.push([String(name), String(value)]);
      this.#set(list);
    }
    sort() {
      const order = (left, right) => (left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0);
      this.#set([...this.#list].sort(order));
    }
    forEach(run, self) {
      for (const [name, value] of this.#list) run.call(self, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#list) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#list) yield name;
    }
    *values() {
      for (const [, value] of this.#list) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return this.#list.map(([name, value]) => encodeForm(name) + "=" + encodeForm(value)).join("&");
    }
    get [Symbol.toStringTag]() {
      return "URLSearchParams";
    }
  }

  // ---- URLs, as records of their parts
  function hostOf(text, whole) {
    let host;
    try {
      host = decodeURIComponent(text);
    } catch (_) {
      throw invalid(whole);
    }
    if (/[^\x00-\x7f]/.test(host) || /(^|\.)xn--/i.test(host)) unknown("a host name beyond ASCII needs node");
    host = host.toLowerCase();
    if (host === "" || /[\x00-\x20#/<>?@[\\\]^|%\x7f]/.test(host) || /:/.test(host)) {
      if (/^\[.*\]$/.test(host)) unknown("an address as a host needs node");
      throw invalid(whole);
    }
    const last = host.replace(/\.$/, "").split(".").pop();
    if (/^([0-9]+|0x[0-9a-f]*)$/.test(last)) {
      const quad = host.split(".");
      const plain = quad.length === 4 && quad.every((it) => /^(0|[1-9][0-9]{0,2})$/.test(it) && Number(it) < 256);
      if (!plain) unknown("a host that is a number needs node");
    }
    return host;
  }
  function authority(url, text, whole) {
    const at = text.lastIndexOf("@");
    if (at >= 0) {
      const user = text.slice(0, at);
      const colon = user.indexOf(":");
      url.username = escape(colon < 0 ? user : user.slice(0, colon), USER);
      url.password = colon < 0 ? "" : escape(user.slice(colon + 1), USER);
    }
    hostAndPort(url, text.slice(at + 1), whole);
  }
  function hostAndPort(url, text, whole) {
    const found = /^(.*?)(?::([0-9]*))?$/.exec(text);
    if (/^\[/.test(text)) unknown("an address as a host needs node");
    if (found === null || found[1].includes(":")) throw invalid(whole);
    url.hostname = hostOf(found[1], whole);
    const port = found[2] === undefined || found[2] === "" ? "" : String(Number(found[2]));
    if (Number(port) > 65535) throw invalid(whole);
    url.port = port === PORTS[url.protocol] ? "" : port;
  }
  function path(url, text, base) {
    const out = base;
    const parts = text.replace(/\\/g, "/").split("/");
    // Versions of node differ.
    if (text.includes("^")) unknown("a path with ^ needs node");
    parts.forEach((part, at) => {
      const last = at === parts.length - 1;
      if (/^(\.|%2e){2}$/i.test(part)) {
        out.pop();
        if (last) out.push("");
      } else if (/^(\.|%2e)$/i.test(part)) {
        if (last) out.push("");
      } else out.push(escape(part, PATH));
    });
    url.pathname = "/" + out.join("/");
  }
  function record(given, base) {
    let text = String(given).replace(/^[\x00-\x20]+|[\x00-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
    const url = { protocol: "", username: "", password: "", hostname: "", port: "", pathname: "/", search: "", hash: "" };
    const hash = text.indexOf("#");
    if (hash >= 0) {
      const fragment = escape(text.slice(hash + 1), FRAGMENT);
      url.hash = fragment === "" ? "" : "#" + fragment;
      url.emptyHash = fragment === "";
      text = text.slice(0, hash);
    }
    const scheme = /^([A-Za-z][A-Za-z0-9+.\-]*):/.exec(text);
    let rest = text;
    let relative = base;
    if (scheme !== null) {
      url.protocol = scheme[1].toLowerCase() + ":";
      if (PORTS[url.protocol] === undefined) unknown("a URL of the scheme " + url.protocol + " needs node");
      rest = text.slice(scheme[0].length);
      if (base === undefined || base.protocol !== url.protocol || /^[/\\]{2}/.test(rest)) relative = undefined;
    } else {
      if (base === undefined) throw invalid(given);
      url.protocol = base.protocol;
    }
    const question = rest.indexOf("?");
    if (question >= 0) {
      const query = escape(rest.slice(question + 1), QUERY);
      url.search = query === "" ? "" : "?" + query;
      url.emptySearch = query === "";
      rest = rest.slice(0, question);
    }
    if (relative === undefined || /^[/\\]{2}/.test(rest)) {
      const found = /^[/\\]*([^/\\]*)(.*)$/.exec(rest);
      authority(url, found[1], given);
      path(url, found[2].replace(/^[/\\]/, ""), []);
      return url;
    }
    for (const name of ["username", "password", "hostname", "port"]) url[name] = relative[name];
    if (rest === "") {
      url.pathname = relative.pathname;
      if (question < 0) {
        url.search = relative.search;
        url.emptySearch = relative.emptySearch;
      }
    } else if (/^[/\\]/.test(rest)) path(url, rest.slice(1), []);
    else path(url, rest, relative.pathname.slice(1).split("/").slice(0, -1));
    return url;
  }
  const hostText = (url) => url.hostname + (url.port === "" ? "" : ":" + url.port);
  function printed(url) {
    const user = url.username === "" && url.password === "" ? "" : url.username + (url.password === "" ? "" : ":" + url.password) + "@";
    const query = url.emptySearch ? "?" : url.search;
    return url.protocol + "//" + user + hostText(url) + url.pathname + query + (url.emptyHash ? "#" : url.hash);
  }

  class URL {
    #url;
    #params;
    constructor(given, base) {
      this.#url = record(given, base === undefined ? undefined : record(base));
    }
    static canParse(given, base) {
      try {
        return Boolean(new URL(given, base));
      } catch (_) {
        return false;
      }
    }
    get searchParams() {
      if (this.#params === undefined) {
        this.#params = new URLSearchParams(this.#url.search, (text) => {
          this.#url.search = text === "" ? "" : "?" + text;
          this.#url.emptySearch = false;
        });
      }
      return this.#params;
    }
    get href() {
      return printed(this.#url);
    }
    set href(given) {
      this.#url = record(given);
      this.#params = undefined;
    }
    get origin() {
      return this.#url.protocol + "//" + hostText(this.#url);
    }
    get protocol() {
      return this.#url.protocol;
    }
    set protocol(given) {
      const name = String(given).replace(/[\t\n\r]/g, "").replace(/:.*$/, "").toLowerCase() + ":";
      if (PORTS[name] === undefined) return;
      this.#url.protocol = name;
      if (this.#url.port === PORTS[name]) this.#url.port = "";
    }
    get username() {
      return this.#url.username;
    }
    set username(given) {
      this.#url.username = escape(String(given), USER);
    }
    get password() {
      return this.#url.password;
    }
    set password(given) {
      this.#url.password = escape(String(given), USER);
    }
    get host() {
      return hostText(this.#url);
    }
    set host(given) {
      this.#part(String(given));
    }
    get hostname() {
      return this.#url.hostname;
    }
    set hostname(given) {
      const host = String(given).replace(/[\t\n\r]/g, "").replace(/[/\\?#].*$/, "");
      if (!host.includes(":")) this.#part(host);
    }
    #part(text) {
      if (/:/.test(text) && !/^[^/\\?#:]*:[0-9]+$/.test(text)) unknown("such a host needs node");
      const [, host, digits] = /^([^/\\?#:]*)(?::([0-9]*))?/.exec(text.replace(/[\t\n\r]/g, ""));
      const made = { protocol: this.#url.protocol, port: this.#url.port };
      try {
        hostAndPort(made, host, text);
      } catch (error) {
        if (error.code === "ERR_INVALID_URL") return;
        throw error;
      }
      this.#url.hostname = made.hostname;
      if (digits !== undefined && digits !== "") this.port = digits;
    }
    get port() {
      return this.#url.port;
    }
    set port(given) {
      const text = String(given);
      if (!/^[0-9]{0,5}$/.test(text) || Number(text) > 65535) unknown("such a port needs node");
      const port = text === "" ? "" : String(Number(text));
      this.#url.port = port === PORTS[this.#url.protocol] ? "" : port;
    }
    get pathname() {
      return this.#url.pathname;
    }
    set pathname(given) {
      path(this.#url, String(given).replace(/[\t\n\r]/g, "").replace(/^[/\\]/, ""), []);
    }
    get search() {
      return this.#url.search;
    }
    set search(given) {
      const text = String(given).replace(/^\?/, "").replace(/[\t\n\r]/g, "");
      const query = escape(text, QUERY);
      this.#url.search = query === "" ? "" : "?" + query;
      this.#url.emptySearch = query === "" && String(given) !== "";
      this.#params = undefined;
    }
    get hash() {
      return this.#url.hash;
    }
    set hash(given) {
      const fragment = escape(String(given).replace(/^#/, "").replace(/[\t\n\r]/g, ""), FRAGMENT);
      this.#url.hash = fragment === "" ? "" : "#" + fragment;
      this.#url.emptyHash = fragment === "" && String(given) !== "";
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
    get [Symbol.toStringTag]() {
      return "URL";
    }
  }

  // ---- the older functions, for text whose parts they take as they are
  function parse(text, query = false) {
    if (typeof text !== "string") throw new TypeError('The "url" argument must be of type string');
    if (/[^\x21-\x7e]|["<>\\^`{|}']/.test(text)) unknown("url.parse of such text needs node");
    const found = /^(?:(https?:)\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(text);
    if (found === null || (found[1] === undefined && /^(\/\/|[A-Za-z0-9+.\-]+:)/.test(text))) unknown("url.parse of such text needs node");
    const [, protocol, host, pathname, search, hash] = found;
    if (host !== undefined && !/^[A-Za-z0-9.\-]+(:[0-9]+)?$/.test(host)) unknown("url.parse of such a host needs node");
    const lower = host === undefined ? null : host.toLowerCase();
    const port = lower === null ? null : (/:([0-9]+)$/.exec(lower) || [null, null])[1];
    const whole = pathname === "" ? (lower === null ? null : "/") : pathname;
    const plain = search === undefined ? null : search.slice(1);
    const out = {
      protocol: protocol === undefined ? null : protocol.toLowerCase(),
      slashes: lower === null ? null : true,
      auth: null,
      host: lower,
      port,
      hostname: lower === null ? null : lower.replace(/:[0-9]+$/, ""),
      hash: hash === undefined ? null : hash,
      search: search === undefined ? null : search,
      query: query ? (shims.querystring ? shims.querystring.parse(plain || "") : unknown("url.parse with a query needs node")) : plain,
      pathname: whole,
      path: whole === null && search === undefined ? null : (whole || "") + (search || ""),
    };
    const start = out.protocol === null ? "" : out.protocol + "//" + out.host;
    out.href = start + (out.pathname || "") + (search || "") + (hash || "");
    return out;
  }
  function format(it) {
    if (it instanceof URL) return it.href;
    if (it === null || typeof it !== "object") return unknown("url.format of text needs node");
    let protocol = it.protocol || "";
    if (protocol !== "" && !protocol.endsWith(":")) protocol += ":";
    if (protocol !== "" && protocol !== "http:" && protocol !== "https:") return unknown("url.format with another scheme needs node");
    if (it.auth) return unknown("url.format with a user needs node");
    const host = it.host || (it.hostname ? it.hostname + (it.port ? ":" + it.port : "") : "");
    if (/[^A-Za-z0-9.:\-]/.test(host)) return unknown("url.format of such a host needs node");
    let pathname = it.pathname || "";
    const slashes = it.slashes || (protocol !== "" && host !== "");
    if (protocol !== "" && host === "") return unknown("url.format without a host needs node");
    if (slashes && pathname !== "" && !pathname.startsWith("/")) pathname = "/" + pathname;
    let search = it.search || "";
    if (search === "" && it.query !== null && typeof it.query === "object") {
      const text = shims.querystring ? shims.querystring.stringify(it.query) : unknown("url.format with a query needs node");
      search = text === "" ? "" : "?" + text;
    }
    if (search !== "" && !search.startsWith("?")) search = "?" + search;
    let hash = it.hash || "";
    if (hash !== "" && !hash.startsWith("#")) hash = "#" + hash;
    const safe = (text) => text.replace(/[?#]/g, encodeURIComponent);
    return protocol + (slashes ? "//" + host : host) + safe(pathname) + search.replace(/#/g, "%23") + hash;
  }

  const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
  define("URL", URL);
  define("URLSearchParams", URLSearchParams);
  shims.url = { URL, URLSearchParams, parse, format };
})
