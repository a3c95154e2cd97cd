//! The service as reqwest sees it.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::Server;
use super::path::ENTERPRISE;

struct Caller {
    server: Server,
    client: Client,
}

impl Caller {
    async fn start() -> Self {
        let users: Vec<Value> = (0..150)
            .map(|index| json!({"userName": format!("u{index}@x"), "id": format!("id{index}"), "active": index % 2 == 0}))
            .collect();
        let groups = json!([{"id": "g", "displayName": "Eng", "members": [{"value": "id1"}]}]);
        let server = Server::start(&json!({"Users": users, "Groups": groups}), "token")
            .await
            .unwrap();
        Self {
            server,
            client: Client::builder().no_proxy().build().unwrap(),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.server.url()))
            .bearer_auth("token");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        if status != StatusCode::NO_CONTENT {
            assert_eq!(response.headers()["content-type"], "application/scim+json");
        }
        (
            status,
            serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
        )
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.1
    }
}

#[tokio::test]
async fn lists_are_filtered_paged_and_cut() {
    let scim = Caller::start().await;
    let page = scim.get("/Users?startIndex=101&count=500").await;
    assert_eq!(
        (&page["totalResults"], &page["itemsPerPage"]),
        (&json!(150), &json!(50))
    );
    assert_eq!(scim.get("/Users").await["itemsPerPage"], 100);
    assert_eq!(
        scim.get("/Users?filter=userName%20eq%20%22U7@X%22").await["Resources"][0]["id"],
        "id7"
    );
    assert_eq!(
        scim.get("/Users?filter=active%20eq%20true&count=0").await["totalResults"],
        75
    );
    let cut = scim.get("/Users/id1?attributes=userName").await;
    assert_eq!(
        (cut["userName"].as_str(), cut.get("active")),
        (Some("u1@x"), None)
    );
    assert!(
        scim.get("/Users/id1?excludedAttributes=groups")
            .await
            .get("groups")
            .is_none()
    );
    assert_eq!(scim.get("/Users/id1").await["groups"][0]["value"], "g");
    assert_eq!(
        scim.get("/Users?filter=nonsense").await["scimType"],
        "invalidFilter"
    );
    assert_eq!(
        scim.get("/ServiceProviderConfig").await["etag"]["supported"],
        true
    );
    assert_eq!(scim.get("/Schemas").await["totalResults"], 3);
    assert_eq!(
        scim.get("/ResourceTypes").await["Resources"][0]["endpoint"],
        "/Users"
    );
}

#[tokio::test]
async fn users_are_made_changed_and_deleted() {
    let scim = Caller::start().await;
    let (status, _) = scim
        .call(Method::POST, "/Users", Some(json!({"displayName": "x"})))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, fault) = scim
        .call(Method::POST, "/Users", Some(json!({"userName": "U1@x"})))
        .await;
    assert_eq!(
        (status, fault["scimType"].as_str()),
        (StatusCode::CONFLICT, Some("uniqueness"))
    );
    let (status, made) = scim
        .call(
            Method::POST,
            "/Users",
            Some(json!({"userName": "new@x", "title": "T"})),
        )
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let operations = json!({"Operations": [
        {"op": "replace", "path": "active", "value": false},
        {"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
    ]});
    let (status, changed) = scim.call(Method::PATCH, &path, Some(operations)).await;
    assert_eq!((status, &changed["active"]), (StatusCode::OK, &json!(false)));
    assert_eq!(changed[ENTERPRISE]["department"], "Sales");
    let (_, replaced) = scim
        .call(Method::PUT, &path, Some(json!({"userName": "new@x"})))
        .await;
    assert_eq!(
        (replaced.get("title"), &replaced["meta"]["version"]),
        (None, &json!("W/\"3\""))
    );
    assert_eq!(
        scim.call(Method::DELETE, &path, None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(scim.call(Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn members_follow_users() {
    let scim = Caller::start().await;
    let operations = json!({"Operations": [{"op": "add", "path": "members", "value": [{"value": "id2"}]}]});
    assert_eq!(
        scim.call(Method::PATCH, "/Groups/g", Some(operations)).await.0,
        StatusCode::OK
    );
    assert_eq!(scim.get("/Users/id2").await["groups"][0]["display"], "Eng");
    scim.call(Method::DELETE, "/Users/id1", None).await;
    assert_eq!(scim.get("/Groups/g").await["members"], json!([{"value": "id2"}]));
    let unknown = json!({"Operations": [{"op": "add", "path": "members", "value": [{"value": "nobody"}]}]});
    assert_eq!(
        scim.call(Method::PATCH, "/Groups/g", Some(unknown)).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn versions_and_tokens_are_checked() {
    let scim = Caller::start().await;
    let url = format!("{}/Users/id1", scim.server.url());
    let body = json!({"Operations": [{"op": "replace", "path": "title", "value": "T"}]});
    let change = async |tag: &str| {
        let request = scim
            .client
            .patch(&url)
            .bearer_auth("token")
            .header("If-Match", tag)
            .json(&body);
        request.send().await.unwrap().status()
    };
    assert_eq!(change("W/\"1\"").await, StatusCode::OK);
    assert_eq!(change("W/\"1\"").await, StatusCode::PRECONDITION_FAILED);
    assert_eq!(
        scim.client
            .get(&url)
            .bearer_auth("wrong")
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::UNAUTHORIZED
    );
}
