import { tool } from '@aria/sdk';
import nodemailer from 'nodemailer';

export const send = tool({ description: 'Mail sent over SMTP' }, async ({ to }: { to: string }) => {
  await nodemailer.createTransport({ host: 'mail.example.com' }).sendMail({ to, text: 'Grüße' });
});
