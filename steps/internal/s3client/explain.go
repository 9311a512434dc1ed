package s3client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/drplan/drplan/steps"
)

// Error is a refusal of S3, or the lack of an answer, in words for people. The
// SDK's own error, which it wraps, is not part of the text: it may repeat what
// was sent.
type Error struct {
	Code   string // S3's, such as "NoSuchBucket"; "" where there was no answer
	Status int    // of HTTP; 0 where there was no answer
	text   string
	err    error
}

func (e *Error) Error() string { return e.text }
func (e *Error) Unwrap() error { return e.err }

// advice is what to do about an error code. The codes are those of
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
var advice = map[string]string{
	"InvalidAccessKeyId":           "the server does not know this access key: check AWS_ACCESS_KEY_ID or access_key, and that the endpoint is the right one",
	"XAdminUserNotFound":           "the server does not know this access key: check AWS_ACCESS_KEY_ID or access_key, and that the endpoint is the right one", // versitygw's, with status 404
	"SignatureDoesNotMatch":        "the secret key does not fit the access key: check AWS_SECRET_ACCESS_KEY or secret_key",
	"ExpiredToken":                 "the credentials have expired: renew them",
	"InvalidToken":                 "the session token is not valid: renew the credentials",
	"AccessDenied":                 "access denied: give these credentials the permission",
	"AllAccessDisabled":            "access is disabled: ask the bucket's owner",
	"AccountProblem":               "the account has a problem: ask the provider",
	"NoSuchBucket":                 "there is no such bucket: check its name and the endpoint, or create it",
	"NoSuchKey":                    "there is no such object: check the key",
	"NotFound":                     "it is not there: check the bucket, the key and the endpoint",
	"NoSuchVersion":                "there is no such version of the object: check version_id",
	"InvalidBucketName":            "the bucket's name is not valid: check it",
	"PermanentRedirect":            "the bucket is elsewhere: set region, or endpoint, to the bucket's own",
	"AuthorizationHeaderMalformed": "the bucket is in another region: set region to the bucket's own",
	"IllegalLocationConstraint":    "the bucket is in another region: set region to the bucket's own",
	"RequestTimeTooSkewed":         "this machine's clock differs too much from the server's: set it right",
	"PreconditionFailed":           "the object is not what was expected",
	"EntityTooLarge":               "the server takes no object this large",
	"InvalidObjectState":           "the object is archived: restore it to a readable storage class first",
	"MethodNotAllowed":             "the version is a delete marker: the object was deleted",
	"NotImplemented":               "the server lacks a feature that was asked for",
	"InvalidRange":                 "the object is smaller than expected",
}

// byStatus stands in for codes where a HEAD's answer, which has no body, or a
// proxy's gave none.
var byStatus = map[int]string{
	http.StatusMovedPermanently:             "PermanentRedirect",
	http.StatusForbidden:                    "AccessDenied",
	http.StatusMethodNotAllowed:             "MethodNotAllowed",
	http.StatusPreconditionFailed:           "PreconditionFailed",
	http.StatusNotImplemented:               "NotImplemented",
	http.StatusRequestedRangeNotSatisfiable: "InvalidRange",
}

// Explain puts err, which an SDK call returned, into words. doing says what was
// attempted, such as "read s3://bucket/key (s3:GetObject)". An error that
// another attempt cannot help is marked steps.Final; ctx's own end is left as
// it is.
func (c *Client) Explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	}
	e := &Error{Code: Code(err), Status: status(err), err: err}
	e.text = c.redact.Replace(doing + ": " + c.reason(e))
	if e.final() {
		return steps.Final(e)
	}
	return e
}

// final reports whether the answer would be the same again. 408 and 429 ask to
// come back; no answer at all and 5xx may pass.
func (e *Error) final() bool {
	switch e.Status {
	case 0, http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusConflict:
		return false
	}
	return e.Status >= 300 && e.Status < 500 || e.Status == http.StatusNotImplemented
}

func (c *Client) reason(e *Error) string {
	switch {
	case e.Status == 0:
		return c.noAnswer(e.err)
	case e.Status == http.StatusServiceUnavailable || e.Status == http.StatusTooManyRequests:
		return "the server keeps asking to slow down: lower concurrency, or try again later"
	case advice[e.Code] != "":
		return fmt.Sprintf("%s (HTTP %d, %s)", advice[e.Code], e.Status, e.Code)
	}
	var api smithy.APIError
	if errors.As(e.err, &api) && api.ErrorMessage() != "" {
		return fmt.Sprintf("%s (HTTP %d, %s)", api.ErrorMessage(), e.Status, e.Code)
	}
	return fmt.Sprintf("the server answered HTTP %d %s", e.Status, http.StatusText(e.Status))
}

// noAnswer takes the innermost cause, since the outer ones repeat the request.
func (c *Client) noAnswer(err error) string {
	where := first(c.endpoint, "Amazon S3")
	var dns *net.DNSError
	var dial *net.OpError
	switch {
	case errors.As(err, &dns):
		return fmt.Sprintf("%s cannot be reached: there is no host %s: check the endpoint and DNS", where, dns.Name)
	case errors.As(err, &dial) && dial.Op == "dial":
		return fmt.Sprintf("%s cannot be reached: %v: check the endpoint, the route and the firewall", where, dial.Err)
	}
	return fmt.Sprintf("%s gave no proper answer: %v", where, innermost(err))
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// Code is S3's code for an error, or what stands in for it; "" where the server
// gave no answer. A missing object and a missing bucket are both "NotFound"
// where the answer had no body.
func Code(err error) string {
	var own *Error
	if errors.As(err, &own) {
		return own.Code
	}
	var api smithy.APIError
	if errors.As(err, &api) && !generic(api.ErrorCode()) {
		return api.ErrorCode()
	}
	if code := byStatus[status(err)]; code != "" {
		return code
	}
	if status(err) == http.StatusNotFound {
		return "NotFound"
	}
	return ""
}

// generic: the SDK makes a code of the status text where the answer had none.
func generic(code string) bool {
	switch code {
	case "", "UnknownError", "Forbidden", "NotFound", "MovedPermanently":
		return true
	}
	return strings.Contains(code, " ")
}

// IsNotFound reports whether an error means that the object, version or bucket
// is not there. After a HEAD it may mean less: versitygw answers 404 to an
// access key that it does not know, and a HEAD's answer has no body to tell.
func IsNotFound(err error) bool {
	switch Code(err) {
	case "NotFound", "NoSuchKey", "NoSuchBucket", "NoSuchVersion":
		return true
	}
	return false
}

func status(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// Wait waits for d or for the end of ctx, whose cause it returns.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
