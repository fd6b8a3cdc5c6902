/** How messages stand in JavaScript, for `fromJSON` of `@grpc/proto-loader`: host and client read them the same way. */
export const loadOptions = {
  // What counts here stays far below 2^53.
  longs: Number,
  enums: String,
  // Fields without presence have their default; optional ones and those of a `oneof` are absent.
  defaults: true,
} as const;
