// Submit a generation request
const response = await fetch('https://api.modelhunter.ai/api/v1/vidu/text-to-video', {
  method: 'POST',
  headers: {
    'Authorization': `Bearer ${process.env.MODELHUNTER_KEY}`,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    model: 'viduq2-pro-fast',
    input: {
      prompt: 'A sunset over the ocean',
      duration: 4,
    },
  }),
});

const task = await response.json();

// Poll until complete
const result = await fetch(`https://api.modelhunter.ai/api/v1/tasks/${task.data.id}`, {
  headers: { 'Authorization': `Bearer ${process.env.MODELHUNTER_KEY}` },
}).then(r => r.json());

console.log(result.data.result[0].url);
