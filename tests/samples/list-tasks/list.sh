curl --request GET \
  --url https://api.modelhunter.ai/api/v1/tasks \
  --header 'Authorization: Bearer <token>'
