// Trunk's loader calls these while the program arrives: progress in the skeleton, and the crash dialog when it never starts.
export default function boot() {
  const kb = (bytes) => `${Math.round(bytes / 1024)} kB`;
  return {
    onStart() {},
    onProgress({ current, total }) {
      const progress = document.getElementById("boot-progress");
      if (progress) progress.textContent = `Loading the cluster… ${total ? `${Math.round((100 * current) / total)} %` : kb(current)}`;
    },
    onComplete() {},
    onSuccess() {},
    onFailure(error) {
      const crash = document.getElementById("crash");
      document.getElementById("crash-title").textContent = "The page could not start";
      document.getElementById("crash-text").textContent =
        "It needs a browser with WebAssembly (any of the last years), and all of its files on the server.";
      document.getElementById("crash-detail").textContent = String(error);
      crash.hidden = false;
    },
  };
}
