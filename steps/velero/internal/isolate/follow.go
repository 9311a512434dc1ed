package isolate

import (
	"bufio"
	"context"
	"errors"
	"io"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
)

// followed reads the probe's log as it grows until the word stood in it times in
// a row.
func followed(ctx context.Context, set *kubernetes.Clientset, namespace string, opts *corev1.PodLogOptions, word string, times int) error {
	stream, err := set.CoreV1().Pods(namespace).GetLogs(ProbeName, opts).Stream(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	return inARow(stream, word, times)
}

var errEnded = errors.New("the probe's log ended")

func inARow(log io.Reader, word string, times int) error {
	seen := 0
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if lines.Text() != word {
			seen = 0
			continue
		}
		if seen++; seen >= times {
			return nil
		}
	}
	return errEnded
}
