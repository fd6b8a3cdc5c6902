// Nothing but
/* comments. */
