interface Ambient {
  value: number;
}
