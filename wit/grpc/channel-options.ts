/** How every client of ours connects, as options of the library; each adds its sizes and times. */
export const channelOptions = {
  // What is repeated, the client decides: a repeated acquisition would be a second one.
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
  // What speaks to a host speaks to no proxy of the environment.
  'grpc.enable_http_proxy': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
} as const;
