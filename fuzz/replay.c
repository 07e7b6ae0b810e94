/* Runs a harness on the files that are named, without a fuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int main(int number, char **names) {
    for (int i = 1; i < number; i++) {
        FILE *file = fopen(names[i], "rb");
        if (!file || fseek(file, 0, SEEK_END)) return perror(names[i]), 2;
        const long length = ftell(file);
        rewind(file);
        uint8_t *bytes = malloc((size_t)length + 1); /* exactly as long as it is, for the sanitizers to see the end */
        uint8_t *exact = realloc(bytes, (size_t)length ? (size_t)length : 1);
        if (!exact || fread(exact, 1, (size_t)length, file) != (size_t)length) return perror(names[i]), 2;
        fclose(file);
        LLVMFuzzerTestOneInput(exact, (size_t)length);
        free(exact);
    }
    printf("%d inputs, no finding\n", number - 1);
    return 0;
}
