package server

import (
	"context"
	"errors"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Answer waits until the server answers a question of now, and returns the version
// that it says it is. What its Deployment says of it can be old: an etcd that was
// restored remembers pods as ready that have not been started since.
func (s *Server) Answer(ctx context.Context) (version string, err error) {
	question := &velerov1.ServerStatusRequest{}
	question.Namespace, question.Name = s.Namespace, requestName("drplan")
	if err := s.ask(ctx, question); err != nil {
		return "", err
	}
	defer s.forget(ctx, question)
	var list velerov1.ServerStatusRequestList
	err = s.Await(ctx, &list, func() (bool, error) {
		if len(list.Items) == 0 {
			return false, errors.New("the ServerStatusRequest is gone: does another clean up?")
		}
		status := list.Items[0].Status
		version = status.ServerVersion
		return status.Phase == velerov1.ServerStatusRequestPhaseProcessed, nil
	}, s.One(question.Name)...)
	return version, err
}

// ask creates a request; one that an earlier try has got through is that one.
func (s *Server) ask(ctx context.Context, request client.Object) error {
	return s.Retry(ctx, func() error {
		err := s.Create(ctx, request)
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
}

// forget takes a request away, even when ctx is done: Velero would do so after some
// time.
func (s *Server) forget(ctx context.Context, request client.Object) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = s.Delete(ctx, request)
}
