// The program `lockstep`.

int main() { return 0; }
