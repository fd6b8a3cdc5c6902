import { tool } from '@aria/sdk';
import nodemailer from 'nodemailer';

export const inputs = [{ to: 'ada@example.com', text: 'Grüße' }];

export const written = tool({ description: 'Mail sent over SMTP' }, async ({ to, text }: { to: string; text: string }): Promise<string[]> => {
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  const { message } = await transport.sendMail({ from: 'desk@example.com', to, subject: text, text, date: new Date(0), messageId: '<1@example.com>' });
  return String(message).split('\n');
});
