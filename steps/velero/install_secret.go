package velero

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// The Secret with the password of all repositories, in Velero's own words.
const (
	passwordSecret = "velero-repo-credentials"
	passwordKey    = "repository-password"
)

// putPassword writes the Secret unless it is right already. fresh says that no
// server runs yet: one that does has opened, or made, repositories with what is
// there.
func (s *installStep) putPassword(ctx context.Context, velero *server.Server, fresh bool) error {
	if s.RepoPassword == "" {
		return nil
	}
	if err := makeNamespace(ctx, velero); err != nil {
		return err
	}
	var there corev1.Secret
	err := velero.Retry(ctx, func() error { return velero.Get(ctx, velero.Key(passwordSecret), &there) })
	switch {
	case apierrors.IsNotFound(err):
		return writePassword(ctx, velero, s.RepoPassword)
	case err != nil:
		return err
	case string(there.Data[passwordKey]) == string(s.RepoPassword):
		return nil
	case !fresh:
		return steps.Final(fmt.Errorf("the Secret %s in the namespace %s holds another password, and Velero runs with it: delete the namespace and install again, or leave repo_password out", passwordSecret, velero.Namespace))
	}
	there.Data = map[string][]byte{passwordKey: []byte(s.RepoPassword)}
	return velero.Retry(ctx, func() error { return velero.Update(ctx, &there) })
}

func writePassword(ctx context.Context, velero *server.Server, password steps.Secret) error {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: velero.Namespace, Name: passwordSecret},
		Data:       map[string][]byte{passwordKey: []byte(password)},
	}
	return velero.Retry(ctx, func() error {
		err := velero.Create(ctx, secret.DeepCopy())
		if apierrors.IsAlreadyExists(err) {
			return nil // an earlier request got through
		}
		return err
	})
}

func makeNamespace(ctx context.Context, velero *server.Server) error {
	return velero.Retry(ctx, func() error {
		err := velero.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: velero.Namespace}})
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
}
