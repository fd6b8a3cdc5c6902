/** Makes TextEncoder and TextDecoder global before whatwg-url, which makes one of each while it is loaded, is evaluated. */
import { TextDecoder, TextEncoder } from './encoding.ts';
import { defineGlobal } from './define-global.ts';

defineGlobal('TextEncoder', TextEncoder);
defineGlobal('TextDecoder', TextDecoder);
