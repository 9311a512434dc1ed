package kubeclient

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/drplan/drplan/steps"
)

// admission tells a request that the user may make, and that is refused for what is
// in it, from one that the user may not make: both are forbidden.
var admission = regexp.MustCompile("denied the request|denied request|exceeded quota|violates PodSecurity")

// Explain says what an API server's or the connection's error means for whoever
// has to mend it. What no second attempt can help is marked steps.Final.
func Explain(server string, err error) error {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	switch {
	case err == nil:
		return nil
	case strings.HasPrefix(err.Error(), server+" "):
		return err // it was explained before
	case errors.As(err, &unknown), errors.As(err, &host):
		return steps.Final(fmt.Errorf("%s shows a certificate that the kubeconfig's authority did not sign for it: is it another cluster? %w", server, err))
	case errors.As(err, &invalid):
		return steps.Final(fmt.Errorf("a certificate of %s does not hold: %w", server, err))
	case apierrors.IsUnauthorized(err):
		return steps.Final(fmt.Errorf("%s does not know the kubeconfig's user: renew its token or certificate: %w", server, err))
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return fmt.Errorf("%s makes nothing in a namespace that is being deleted: %w", server, err)
	case apierrors.IsForbidden(err) && admission.MatchString(err.Error()):
		return steps.Final(fmt.Errorf("%s refuses: %w", server, err))
	case apierrors.IsForbidden(err):
		return steps.Final(fmt.Errorf("%s refuses: %w; grant it to the user, or use another context", server, err))
	case Unreachable(err):
		return fmt.Errorf("%s does not answer: %w", server, err)
	}
	return err
}

// Unreachable reports whether nobody answered: the server is down, or the way
// to it is.
func Unreachable(err error) bool {
	var op *net.OpError
	var timeout net.Error
	return errors.As(err, &op) || errors.As(err, &timeout) && timeout.Timeout()
}
