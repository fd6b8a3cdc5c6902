/** The firmware: one process that verifies, registers, serves and reloads signed bundles. */
export { type Firmware, type FirmwareSetting, startFirmware } from './start.ts';
