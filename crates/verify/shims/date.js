// A clock that stands still for the run, in UTC.
(function (shims, env, state) {
  "use strict";
  const Real = Date;
  const proto = Real.prototype;
  function Frozen(...parts) {
    if (new.target === undefined) return new Real(state.now).toString();
    if (parts.length === 0) return Reflect.construct(Real, [state.now], new.target);
    if (parts.length === 1) return Reflect.construct(Real, parts, new.target);
    return Reflect.construct(Real, [Real.UTC(...parts)], new.target);
  }
  Frozen.prototype = proto;
  Object.defineProperty(proto, "constructor", { value: Frozen, configurable: true, writable: true });
  Frozen.now = () => state.now;
  Frozen.parse = Real.parse;
  Frozen.UTC = Real.UTC;
  for (const part of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"]) {
    proto["get" + part] = proto["getUTC" + part];
    if (part !== "Day") proto["set" + part] = proto["setUTC" + part];
  }
  proto.getTimezoneOffset = () => 0;
  const utc = proto.toUTCString;
  proto.toDateString = function () {
    const [day, date, month, year] = utc.call(this).replace(",", "").split(" ");
    return day + " " + month + " " + date + " " + year;
  };
  proto.toTimeString = function () {
    return utc.call(this).split(" ")[4] + " GMT+0000 (Coordinated Universal Time)";
  };
  proto.toString = function () {
    return isNaN(this) ? "Invalid Date" : this.toDateString() + " " + this.toTimeString();
  };
  globalThis.Date = Frozen;
})
