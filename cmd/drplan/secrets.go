package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// secrets finds ${secret.NAME}: in the environment as DRPLAN_SECRET_NAME, else
// in the file NAME of the folder $DRPLAN_SECRETS_DIR, without the newline at its end.
func secrets(getenv func(string) string) func(string) (string, error) {
	return func(name string) (string, error) {
		variable := "DRPLAN_SECRET_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
		if v := getenv(variable); v != "" {
			return v, nil
		}
		dir := getenv("DRPLAN_SECRETS_DIR")
		if dir == "" || !filepath.IsLocal(name) {
			return "", fmt.Errorf("it is not there: set $%s, or put it into the file %s of a folder named by $DRPLAN_SECRETS_DIR", variable, name)
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", fmt.Errorf("it is not there: set $%s, or mend $DRPLAN_SECRETS_DIR: %w", variable, err)
		}
		return strings.TrimRight(string(data), "\r\n"), nil
	}
}
