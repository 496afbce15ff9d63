package org.dvr.app.metadata;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** An agent that listens on TCP. */
final class TcpAgent implements MetadataAgent {
    private final HttpClient client;
    private final String place;
    private final Duration timeout;
    private final int responseLimit;

    /** The place is HOST:PORT. */
    TcpAgent(final String place, final Duration timeout, final int responseLimit) {
        this.place = place;
        this.timeout = timeout;
        this.responseLimit = responseLimit;
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public Response ask(final Request request) throws IOException {
        final HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create("http://" + place + request.target()))
                .timeout(timeout)
                .method(
                        request.method(),
                        request.body().length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(request.body()));
        request.headers().forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
        final CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(
                builder.build(),
                HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), responseLimit));
        try {
            final HttpResponse<byte[]> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return new Response(
                    response.statusCode(), EndToEnd.headers(response.headers().map()), response.body());
        } catch (final TimeoutException e) { // the client's own ends with the headers of the answer
            answer.cancel(true);
            throw timedOut(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (final ExecutionException e) {
            throw reason(e.getCause());
        }
    }

    private static IOException reason(final Throwable cause) {
        if (cause instanceof final HttpTimeoutException timeout) {
            return timedOut(timeout);
        }
        return cause instanceof final ConnectException unreachable
                ? unreachable
                : new InvalidAnswerException(String.valueOf(cause.getMessage()));
    }

    private static SocketTimeoutException timedOut(final Exception cause) {
        final SocketTimeoutException timedOut = new SocketTimeoutException(cause.getMessage());
        timedOut.initCause(cause);
        return timedOut;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
