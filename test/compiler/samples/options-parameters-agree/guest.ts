import { aria, tool } from '@aria/sdk';

interface Booking {
  email: string;
  /** How many people. */
  seats: number;
  from: Date;
  note?: string;
  amount: bigint;
}

@aria({ name: 'booking-kit', version: '1.0.0', description: 'Books tables' })
export class BookingKit {
  @tool({
    description: 'Books a table',
    parameters: [
      { name: 'email', type: 'string', description: 'Whom to tell', required: true, format: 'email' },
      { name: 'seats', type: 'integer', description: 'not said', required: true },
      { name: 'from', type: 'string', format: 'date-time' },
      { name: 'note', type: 'string', description: 'For the kitchen', required: false },
      { name: 'amount', type: 'bigint' },
    ],
  })
  book(input: Booking): string {
    return input.email;
  }
}
