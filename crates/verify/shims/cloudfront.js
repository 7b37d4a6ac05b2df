// The `cloudfront` module of runtime 2.0. Changes of the origin are recorded in the outcome.
(function (shims, env, state) {
  "use strict";
  const requestOnly = (name) => {
    if (env.event !== "viewer-request") throw new Error(name + " works in viewer-request functions only");
  };
  // The keys that the program asks for.
  const asks = (name, format) => {
    if (state.asked.length < 40) state.asked.push([name, String(format)]);
  };
  const handle = {
    get(key, options) {
      return new Promise((resolve, reject) => {
        const name = String(key);
        asks(name, (options && options.format) || "string");
        if (state.kv === undefined || !Object.hasOwn(state.kv, name)) return reject(new Error("KeyNotFound: " + name));
        const text = state.kv[name];
        const format = options && options.format;
        if (format === "json") return resolve(JSON.parse(text));
        if (format === "bytes") return resolve(shims.Buffer.from(text));
        return resolve(text);
      });
    },
    exists: (key) => {
      asks(String(key), "string");
      return Promise.resolve(state.kv !== undefined && Object.hasOwn(state.kv, String(key)));
    },
    meta: () =>
      Promise.resolve({
        creationDateTime: "1970-01-01T00:00:00Z",
        lastUpdatedDateTime: "1970-01-01T00:00:00Z",
        keyCount: Object.keys(state.kv || {}).length,
      }),
  };
  const origin = (kind, members) => {
    state.origin = Object.assign({ kind }, members);
  };
  const unknown = (name) => () => {
    state.unknown = name + " has no model";
    throw new Error(state.unknown);
  };
  const select = (originId, options) => {
    requestOnly("selectRequestOriginById");
    origin("select", { originId: String(originId), options });
  };
  shims.cloudfront = {
    kvs() {
      if (!env.kvs) throw new Error("the function has no key value store");
      return handle;
    },
    updateRequestOrigin(settings) {
      requestOnly("updateRequestOrigin");
      if (settings === null || typeof settings !== "object") throw new TypeError("updateRequestOrigin takes an object");
      origin("update", { settings });
    },
    selectRequestOriginById: select,
    overrideRequestOrigin: select,
    createRequestOriginGroup(settings) {
      requestOnly("createRequestOriginGroup");
      origin("group", { settings });
    },
    get edgeLocation() {
      requestOnly("edgeLocation");
      return state.edge;
    },
    cwt: { validateToken: unknown("cwt.validateToken"), generateToken: unknown("cwt.generateToken") },
  };
})
