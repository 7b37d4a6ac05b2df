// Files that import each other: relative files, the platform's own modules, and CommonJS exports.
(function (shims, env) {
  "use strict";
  const { defineProperty, create, keys } = Object;

  function resolvePath(from, spec) {
    const parts = from.split("/").slice(0, -1);
    for (const part of spec.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== "." && part !== "") parts.push(part);
    }
    return parts.join("/");
  }

  shims.instantiate = function (program) {
    const modules = create(null);
    const builtin = (spec) => {
      if (env.lambda) return shims.builtin(spec);
      const name = spec.startsWith("node:") ? spec.slice(5) : spec;
      if (name === "buffer" && shims.Buffer && env.runtime === 2) return { Buffer: shims.Buffer };
      if (name === "crypto" || name === "querystring") return shims[name];
      if (name === "cloudfront" && env.runtime === 2) return shims.cloudfront;
      return undefined;
    };
    function load(path) {
      const it = modules[path];
      if (it.record) return it.record;
      const module = { exports: {}, id: path, filename: "/var/task/" + path, loaded: false, children: [], paths: [] };
      // A file that is read again before it is done shows what it has exported so far.
      const record = {
        get exports() {
          return module.exports;
        },
        names: create(null),
        es: it.es,
      };
      it.record = record;
      const require = (spec) => {
        const found = find(path, String(spec));
        if (found === undefined) {
          const own = builtin(String(spec));
          return own !== undefined ? own : missing(String(spec));
        }
        const loaded = load(found);
        return loaded.es ? namespace(loaded) : loaded.exports;
      };
      const bring = (spec) => {
        const found = find(path, spec);
        if (found === undefined) {
          const own = builtin(spec);
          if (own === undefined) return missing(spec);
          return env.lambda ? shims.imported(own) : Object.assign({ default: own }, own, { default: own });
        }
        const loaded = load(found);
        return loaded.es ? namespace(loaded) : Object.assign({}, loaded.exports, { default: loaded.exports });
      };
      const give = (getters) => {
        for (const name of keys(getters)) record.names[name] = getters[name];
      };
      const giveAll = (from) => {
        for (const name of keys(from)) if (name !== "default" && !(name in record.names)) record.names[name] = () => from[name];
      };
      const folder = module.filename.split("/").slice(0, -1).join("/");
      record.handler = it.body.call(module.exports, { bring, give, giveAll }, require, module, module.exports, module.filename, folder);
      module.loaded = true;
      return record;
    }
    function namespace(record) {
      const made = create(null);
      for (const name of keys(record.names)) defineProperty(made, name, { get: record.names[name], enumerable: true });
      return made;
    }
    const missing = (spec) => {
      if (env.lambda) return shims.unknown("the module " + spec + " is not among the program's files");
      throw new Error("cannot find module " + spec);
    };
    function find(from, spec) {
      const linked = modules[from].links;
      if (linked !== undefined && linked[spec] !== undefined) return linked[spec];
      if (!spec.startsWith(".") && !spec.startsWith("/")) return undefined;
      const base = resolvePath(from, spec);
      for (const end of ["", ".js", ".mjs", ".cjs", ".ts", ".json", "/index.js", "/index.mjs", "/index.ts"]) {
        if (base + end in modules) return base + end;
      }
      // TypeScript names the file it is compiled to.
      const compiled = base.endsWith(".js") ? base.slice(0, -3) + ".ts" : base;
      return compiled in modules ? compiled : undefined;
    }
    const entry = program({
      count: shims.count,
      countNullish: shims.countNullish,
      compared: shims.compared,
      define(path, es, body, links) {
        modules[path] = { es, body, links, record: undefined };
      },
    });
    const record = load(entry);
    if (env.lambda) return record.es ? namespace(record) : record.exports;
    if (record.handler !== undefined) return record.handler;
    if (record.es) {
      const names = namespace(record);
      return names.handler !== undefined ? names.handler : names.default;
    }
    return record.exports.handler;
  };
})
