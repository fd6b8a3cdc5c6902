import { tool } from '@aria/sdk';
import validator from 'validator';

export const validatorTool = tool({ description: 'Addresses, IBANs, cards, dates, scripts of many languages, escapes' }, ({ texts }: { texts: string[] }) => ({
  kinds: texts.map((text) => [
    validator.isEmail(text), validator.isURL(text), validator.isIBAN(text), validator.isCreditCard(text), validator.isUUID(text),
    validator.isIP(text), validator.isISO8601(text), validator.isAlpha(text, 'de-DE'), validator.isFullWidth(text), validator.isSurrogatePair(text),
    validator.isJWT(text), validator.isStrongPassword(text), validator.isMobilePhone(text, 'any'), validator.isBase64(text),
  ].map(Number).join('')),
  escaped: texts.map((text) => validator.escape(text)),
  normal: validator.normalizeEmail('Some.One+x@GMail.com'),
  bytes: validator.isByteLength('😀', { min: 4, max: 4 }),
}));

export const inputs = [{ texts: ['ü@bücher.example', 'https://example.com/a?b=c', 'DE89 3704 0044 0532 0130 00', '4111111111111111', '6f9619ff-8b86-4011-b42d-00c04fc964ff', '::1', '2026-02-28T01:02:03Z', 'Grüße', 'ＡＢＣ日本', '😀', '+4915123456789', 'aGVsbG8=', '<a href="x">'] }];
