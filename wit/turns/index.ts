/** The turn protocol: how a host and the agent in a container speak, in frames over a socket. */
export { type Frame, FrameError, FrameReader, encodeFrame, frameLimits } from './frames.ts';
export { LineBudget, logLinesMax } from './log-budget.ts';
export {
  type AgentLimits,
  type AgentLine,
  type AgentMessage,
  type AgentOutcome,
  type ForwardedPort,
  type Forwarding,
  type HostMessage,
  agentPlace,
  protocolVersion,
  startsNothing,
} from './messages.ts';
export { type HostSignature, type ValueType, hostSignatures } from './signatures.ts';
export { type ValueSink, type ValueSource, readValue, textAsideCharacters, writeValue } from './values.ts';
