import { tool } from '@aria/sdk';
import { UnsecuredJWT, base64url, calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, errors } from 'jose';

export const jose = tool({ description: 'Tokens decoded, unsecured tokens, thumbprints of keys by crypto.subtle.digest; faults' }, async ({ token }: { token: string }) => {
  const unsecured = new UnsecuredJWT({ name: 'Zoë' }).setIssuedAt(1_700_000_000).setIssuer('urn:a').encode();
  let fault = '';
  try {
    UnsecuredJWT.decode(unsecured, { issuer: 'urn:b' });
  } catch (error) {
    fault = error instanceof errors.JWTClaimValidationFailed ? `${error.code} ${error.claim} ${error.message}` : String(error);
  }
  return {
    claims: JSON.stringify(decodeJwt(token)),
    header: JSON.stringify(decodeProtectedHeader(token)),
    unsecured,
    fault,
    thumbprint: await calculateJwkThumbprint({ kty: 'oct', k: base64url.encode('Grüße') }),
  };
});

export const inputs = [{ token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c' }];
